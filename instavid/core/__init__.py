"""Pure functions between the stages: no files, no devices, no clocks."""
