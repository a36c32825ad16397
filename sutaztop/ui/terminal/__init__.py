"""What stands between Textual and the terminal: fewer bytes, patience with slow links, and a clean leave."""
