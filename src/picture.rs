//! Pictures: decode within limits, orientation, crop, resize.
