"""Last year beside this year: its workbooks, its entries, the rules between the two."""
