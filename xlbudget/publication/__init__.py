"""I make the public document: its text, docx and PDF, and its proofreading."""
