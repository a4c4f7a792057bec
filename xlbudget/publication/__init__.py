"""Publication: the public document, from its text to docx and PDF, and its proofreading."""
