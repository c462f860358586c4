"""Side by side with peers, in one run on one machine; each file is a program of its own."""
