//! What a request asks for in its query, checked as Kubernetes checks it
//! (`k8s.io/apimachinery/pkg/apis/meta/{v1,internalversion}/validation`).

use shared::api::status::Cause;
use shared::api::{FieldError, Path, Status};

use super::super::{FieldValidation, WriteOptions};
use super::Call;
use super::params::Params;

/// `metav1/validation.FieldManagerMaxLength`
const MANAGER: usize = 128;

/// How to write.
pub fn write(call: &Call) -> Result<WriteOptions, Status> {
    let kind = match call.verb {
        "patch" => "PatchOptions",
        "update" => "UpdateOptions",
        _ => "CreateOptions",
    };
    let mut errors = Vec::new();
    let manager = call.params.get("fieldManager");
    let path = Path::new("fieldManager");
    if manager.chars().count() > MANAGER {
        errors.push(FieldError::too_long(&path, MANAGER));
    }
    if let Some((at, c)) = manager.char_indices().find(|(_, c)| c.is_control()) {
        let why = format!("should only contain printable characters, invalid character {c:?} at position {at}");
        errors.push(FieldError::invalid(&path, manager, why));
    }
    let dry_run = dry_run(&call.params, &mut errors);
    let validation = FieldValidation::parse(call.params.get("fieldValidation")).unwrap_or_else(|error| {
        errors.push(error);
        FieldValidation::Warn
    });
    refuse(kind, &errors)?;
    Ok(WriteOptions { dry_run, validation, manager: manager.to_owned(), force: call.params.flag("force") })
}

/// What only some patches may be asked with.
pub fn patch(call: &Call, applies: bool) -> Result<(), Status> {
    let error = match (applies, call.params.get("fieldManager"), call.params.get("force")) {
        (true, "", _) => FieldError::required(&Path::new("fieldManager"), "is required for apply patch"),
        (false, _, force) if !force.is_empty() => {
            FieldError::forbidden(&Path::new("force"), "may not be specified for non-apply patch")
        }
        _ => return Ok(()),
    };
    refuse("PatchOptions", &[error])
}

/// Whether nothing is to be written.
pub fn dry_run(params: &Params, errors: &mut Vec<FieldError>) -> bool {
    match params.get("dryRun") {
        "" => false,
        "All" => true,
        other => {
            errors.push(FieldError::not_supported(&Path::new("dryRun"), vec![other], &["All"]));
            false
        }
    }
}

/// Whether a list's or watch's options go together.
pub fn list(params: &Params, watch: bool) -> Result<(), Status> {
    let (matching, revision) = (params.get("resourceVersionMatch"), params.get("resourceVersion"));
    let initial = !params.get("sendInitialEvents").is_empty();
    let path = Path::new("resourceVersionMatch");
    let mut errors = Vec::new();
    let mut forbid = |why: &str| errors.push(FieldError::forbidden(&path, why));
    match (watch, initial) {
        (true, true) if matching != "NotOlderThan" => {
            forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }
        (true, false) if !matching.is_empty() => {
            forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
        (false, _) if !matching.is_empty() && revision.is_empty() => {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        (false, _) if matching == "Exact" && revision == "0" => {
            forbid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
        _ => {}
    }
    if !matching.is_empty() && !params.get("continue").is_empty() {
        forbid("resourceVersionMatch is forbidden when continue is provided");
    }
    let known: &[&str] = if watch { &["NotOlderThan"] } else { &["", "Exact", "NotOlderThan"] };
    if !matching.is_empty() && !known.contains(&matching) {
        errors.push(FieldError::not_supported(&path, matching, known));
    }
    if !watch && initial {
        errors.push(FieldError::forbidden(&Path::new("sendInitialEvents"), "sendInitialEvents is forbidden for list"));
    }
    refuse("ListOptions", &errors)
}

/// The 422 of options that are not right.
pub fn refuse(kind: &str, errors: &[FieldError]) -> Result<(), Status> {
    let words = match errors {
        [] => return Ok(()),
        [one] => one.to_string(),
        many => format!("[{}]", many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut status = Status::failure(422, "Invalid", format!("{kind}.meta.k8s.io \"\" is invalid: {words}"));
    let details = status.details.get_or_insert_default();
    (details.group, details.kind) = ("meta.k8s.io".to_owned(), kind.to_owned());
    details.causes = errors
        .iter()
        .map(|e| Cause { reason: e.ty.reason().to_owned(), message: e.body(), field: e.path.to_string() })
        .collect();
    Err(status)
}

/// A `resourceVersion`: none, or a number.
pub fn revision(params: &Params) -> Result<Option<u64>, Status> {
    match params.get("resourceVersion") {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let why = format!("strconv.ParseUint: parsing {}: invalid syntax", shared::api::field::quote(text));
            Status::bad_request(FieldError::invalid(&Path::new("resourceVersion"), text, why).to_string())
        }),
    }
}

/// The answer to a revision that has not been reached: it comes from another server, or from a lost disk.
pub fn too_large(asked: u64, current: u64) -> Status {
    let mut status =
        Status::failure(504, "Timeout", format!("Timeout: Too large resource version: {asked}, current: {current}"));
    let details = status.details.get_or_insert_default();
    details.retry_after_seconds = Some(1);
    details.causes = vec![Cause {
        reason: "ResourceVersionTooLarge".to_owned(),
        message: "Too large resource version".to_owned(),
        field: String::new(),
    }];
    status
}
