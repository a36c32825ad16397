"""From domain values to cells of text with a tone: the same words for every face, never a colour."""
