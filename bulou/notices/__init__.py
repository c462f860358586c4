"""Telling people (宣传引导、政策解读, D22): plain notices counted at every building, questions and rumours with an answer."""
