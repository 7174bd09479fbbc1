//! Kubernetes' API types as a table: fields, types, merge keys, enumerations; and what is decided by it.
//!
//! One version's OpenAPI definitions (v1.35) drive strict decoding, patches, completion and `/openapi`. The table is
//! parsed once, at first use. It holds structure only; this module may not judge values (that is `validation`) nor
//! fill in defaults (that is `defaulting`).
//!
//! `v1.35.table` is written by `cargo run -p shared --example schema_table -- _definitions.json`; how to get that file
//! is said there. A line is one of
//! ```text
//! @PACKAGE                     the definitions below belong to it
//! NAME [GROUP/VERSION]         a definition, and what it is as a kind
//!  FIELD TYPE MARKS            a field of it
//! TYPE   s string · b boolean · i int32 · l int64 · n number · q quantity · t time · u time with microseconds
//!        x int or string · y base64 bytes · * anything · [T list · {T map · Name, ^Name (core/v1), ~Name (meta/v1)
//!        :GoName=values,…     after s or { : the name of the Go type, and its values where they are closed
//! MARKS  ! always in Kubernetes' output · ? kept when zero · = a struct that is always there
//!        + merged by strategic patches · $ its keys can be retained · m= merge key
//!        k= keys of a map-like list · s set · a atomic · d= what its absence means
//! ```

mod at;
pub mod decode;
mod go;
mod parse;
mod table;

pub use at::{Place, at};
pub use table::{Definition, Field, ListType, PatchStrategy, Type, definition, definitions, for_kind};
