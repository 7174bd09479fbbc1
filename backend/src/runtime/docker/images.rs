//! Images: those that are here, and those that a registry has.

use bollard::auth::DockerCredentials;
use bollard::models::ImageInspect;
use bollard::query_parameters::{CreateImageOptions, ListImagesOptions};
use futures::TryStreamExt;

use super::{Docker, error};
use crate::runtime::{Credentials, Image, Result, RuntimeError, labels};

impl Docker {
    /// A present image.
    pub(super) async fn find_image(&self, reference: &str) -> Result<Option<Image>> {
        match self.engine.inspect_image(reference).await.map_err(error) {
            Ok(found) => Ok(Some(image(found))),
            Err(RuntimeError::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Every present image that has a name.
    pub(super) async fn list_images(&self) -> Result<Vec<Image>> {
        let found = self.engine.list_images(None::<ListImagesOptions>).await.map_err(error)?;
        let named = |tags: &[String]| tags.iter().filter(|t| !t.starts_with("<none>")).cloned().collect::<Vec<_>>();
        let images = found.into_iter().map(|i| Image {
            id: i.id,
            tags: named(&i.repo_tags),
            digests: named(&i.repo_digests),
            size: i.size,
            stand_in: i.labels.get(labels::STAND_IN).cloned(),
            ..Image::default()
        });
        Ok(images.filter(|i| !i.tags.is_empty()).collect())
    }

    /// Pulls an image. The engine names the registry's answer in its own words.
    pub(super) async fn fetch_image(&self, reference: &str, credentials: Option<&Credentials>) -> Result<Image> {
        let (name, tag) = split(reference);
        let options = CreateImageOptions {
            from_image: Some(name.to_owned()),
            tag: Some(tag.to_owned()),
            ..CreateImageOptions::default()
        };
        let credentials = credentials.map(|c| DockerCredentials {
            username: Some(c.username.clone()),
            password: Some(c.password.clone()),
            serveraddress: Some(c.server.clone()),
            ..DockerCredentials::default()
        });
        let progress = self.engine.create_image(Some(options), None, credentials);
        progress.try_for_each(|_| async { Ok(()) }).await.map_err(|found| match error(found) {
            RuntimeError::Unavailable(why) => RuntimeError::Unavailable(why),
            other => RuntimeError::Pull(other.to_string()),
        })?;
        let pulled = self.find_image(reference).await?;
        pulled.ok_or_else(|| RuntimeError::Pull(format!("{reference} was pulled but is not there")))
    }
}

/// Name and tag (or digest) of a reference; `latest` where it names none.
fn split(reference: &str) -> (&str, &str) {
    if let Some((name, digest)) = reference.split_once('@') {
        return (name, digest);
    }
    match reference.rsplit_once(':') {
        // A colon before a slash belongs to the registry's port.
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

fn image(found: ImageInspect) -> Image {
    let config = found.config.unwrap_or_default();
    Image {
        id: found.id.unwrap_or_default(),
        tags: found.repo_tags.unwrap_or_default(),
        digests: found.repo_digests.unwrap_or_default(),
        size: found.size.unwrap_or_default(),
        stand_in: config.labels.and_then(|l| l.get(labels::STAND_IN).cloned()),
        user: config.user.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        cmd: config.cmd.unwrap_or_default(),
        env: config.env.unwrap_or_default(),
        working_dir: config.working_dir.unwrap_or_default(),
        stop_signal: config.stop_signal.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_split() {
        let cases = [
            ("nginx", ("nginx", "latest")),
            ("python:3.7", ("python", "3.7")),
            ("localhost:5000/a/b", ("localhost:5000/a/b", "latest")),
            ("localhost:5000/a:1", ("localhost:5000/a", "1")),
            ("busybox@sha256:00ff", ("busybox", "sha256:00ff")),
        ];
        for (reference, parts) in cases {
            assert_eq!(split(reference), parts, "{reference}");
        }
    }
}
