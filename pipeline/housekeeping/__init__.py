"""What keeps a root sound: leftovers of killed runs, a damaged metadata store, and how much disk is used."""
