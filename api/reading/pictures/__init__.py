"""The geometry of the pictures of pages: marks on axes, in units of the drawing (320 wide).

Each picture has the figures of a table that stands beside it. Marks stand in the order of days or
years, never by how well somebody did.
"""
