"""The specimen chain: person → tube → box → courier → laboratory → result (D2)."""
