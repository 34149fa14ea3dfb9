"""Why a published figure is what it is: facts read once, told as a table, as JSON or as a page."""
