//! From arguments to a request: path, query and body.

mod curl;
mod custom_names;
mod encode;
mod encoder;
mod known_values;
mod names;
mod option_names;
mod path;
mod phone_number;
mod row;
mod to_arguments;
mod undocumented;
mod validate;
mod zone_offset;

pub(crate) use curl::curl_command;
pub(crate) use custom_names::check_custom_names;
pub(crate) use encode::{encode, integer};
pub(crate) use encoder::{Arguments, EncodedRequest, encode_request, take_fields};
pub(crate) use known_values::not_numbered;
pub(crate) use names::{NULL_CHANGE, check_names, has_argument, is_named, spread_custom_fields, take_check_fields};
pub use option_names::{client_options, request_options};
pub(crate) use path::path_of;
pub(crate) use phone_number::NUMBER_AS_PHONE_NUMBER;
pub(crate) use row::decode_cells;
pub(crate) use to_arguments::{to_argument, to_arguments};
pub(crate) use undocumented::EMPTY_NAME;
pub(crate) use validate::{empty_text, missing_fields};
