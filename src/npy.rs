//! NumPy's array files, read and written within limits.
