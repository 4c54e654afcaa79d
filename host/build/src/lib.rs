//! Builds plugins: finds the tools of each language, and makes a component of what they make.
