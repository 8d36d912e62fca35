"""Values of the language: their kinds, copies, comparison, display and way in and out."""
