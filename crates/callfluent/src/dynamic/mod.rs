//! Requests by the name of an operation or by path. The bindings of other languages use them, so that none of them names an
//! endpoint.

mod invoke;
