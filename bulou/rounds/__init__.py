"""Test rounds: area, roster, exemptions, sites, and the laboratory capacity behind them (D1)."""
