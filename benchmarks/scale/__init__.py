"""The country rehearsal: nights of several sizes, how each step grows, and what the whole country would take."""
