//! What can go wrong at the engine.

/// An error of the engine, in its own words where it has some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// There is no such object.
    #[error("{0}")]
    NotFound(String),
    /// The object is in a state that forbids it: the name is taken, the container does not run.
    #[error("{0}")]
    Conflict(String),
    /// The request is not one the engine can carry out.
    #[error("{0}")]
    Invalid(String),
    /// The registry did not give the image.
    #[error("{0}")]
    Pull(String),
    /// The container could not be given its host name before its process began; it was removed.
    #[error("the host name could not be set in time: {0}")]
    Hostname(String),
    /// The engine does not answer.
    #[error("the container engine does not answer: {0}")]
    Unavailable(String),
    /// Anything else.
    #[error("{0}")]
    Engine(String),
}
