"""The verdict on a response, the evidence that it rests on, and its working in words."""
