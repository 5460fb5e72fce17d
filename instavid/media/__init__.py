"""What reading and writing share: opening, describing and carrying streams with PyAV."""
