"""The verdict on a response: what it rests on, how it is reached, and its twin in SQL."""
