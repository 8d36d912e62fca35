"""The ledger: every billed answer, for good.

One SQLite file holds a row for each answer, sums by quarter-hour, and how far each file of an
agent has been read. What is read from a file and how far it was read are one transaction, so
that a kill at any moment neither loses nor doubles an answer.
"""
