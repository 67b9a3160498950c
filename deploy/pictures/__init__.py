"""Pictures of the documentation, drawn by the code they show. Imports nothing that speaks HTTP."""
