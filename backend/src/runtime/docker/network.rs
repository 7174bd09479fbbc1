//! Bridge networks, one a sandbox.

use std::collections::HashMap;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use bollard::query_parameters::{InspectNetworkOptions, ListNetworksOptions};

use super::{Docker, error, filter};
use crate::runtime::{Labels, NetworkSpec, Result, RuntimeError};

impl Docker {
    /// Makes the network, or finds it.
    pub(super) async fn make_network(&self, spec: &NetworkSpec) -> Result<()> {
        match self.engine.inspect_network(&spec.name, None::<InspectNetworkOptions>).await.map_err(error) {
            Ok(_) => return Ok(()),
            Err(RuntimeError::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
        let bridge = spec.bridge.clone().map(|name| ("com.docker.network.bridge.name".to_owned(), name));
        let block =
            IpamConfig { subnet: Some(spec.subnet.clone()), gateway: Some(spec.gateway.clone()), ..Default::default() };
        let request = NetworkCreateRequest {
            name: spec.name.clone(),
            driver: Some("bridge".to_owned()),
            ipam: Some(Ipam { config: Some(vec![block]), ..Default::default() }),
            options: Some(HashMap::from_iter(bridge)),
            labels: Some(spec.labels.clone().into_iter().collect()),
            ..Default::default()
        };
        match self.engine.create_network(request).await.map_err(error) {
            // Somebody was quicker.
            Err(RuntimeError::Conflict(_)) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Removes every network with the labels.
    pub(super) async fn remove_networks(&self, labels: &Labels) -> Result<()> {
        let options = ListNetworksOptions { filters: Some(filter(labels)) };
        for network in self.engine.list_networks(Some(options)).await.map_err(error)? {
            match self.engine.remove_network(network.id.as_deref().unwrap_or_default()).await.map_err(error) {
                Ok(()) | Err(RuntimeError::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}
