"""xlbudget: budget workbooks for Chinese government departments."""
