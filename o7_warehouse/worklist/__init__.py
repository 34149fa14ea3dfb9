"""Worklists: what each school has to mend in О7, as a workbook that only this school may see.

It names pupils by ``student_no``, the number of the card that the school itself gave (design §2): personal data. So the
rows are read by the role ``o7_school`` alone, and the files lie apart from the reports, a closed folder per school.
"""
