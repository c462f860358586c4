"""Cases that positive results open, and the clock of their chase (D3)."""
