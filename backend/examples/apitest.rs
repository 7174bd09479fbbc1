//! scratch
use std::sync::Arc;
use async_trait::async_trait;
use podground::node::access::*; use podground::runtime::*; use serde_json::Value; use shared::api::Status; use futures::stream::BoxStream;
struct N;
#[async_trait] impl NodeAccess for N {
 async fn logs(&self,_:&str,_:&Value,_:&str,_:LogRequest)->std::result::Result<BoxStream<'static,std::result::Result<LogLine,RuntimeError>>,Status>{Err(Status::internal("x"))}
 async fn exec(&self,_:&str,_:&Value,_:&str,_:ExecSpec)->std::result::Result<Session,Status>{Err(Status::internal("x"))}
 async fn attach(&self,_:&str,_:&Value,_:&str,_:ExecSpec)->std::result::Result<Session,Status>{Err(Status::internal("x"))}
 async fn port_forward(&self,_:&str,_:&Value,_:u16)->std::result::Result<Box<dyn Duplex>,Status>{Err(Status::internal("x"))}
}
#[tokio::main] async fn main(){
 let store=match std::env::args().nth(1){Some(f)=>podground::store::Store::open(f.as_ref()).unwrap(),None=>podground::store::Store::memory()};
 let api=podground::apiserver::Api::new(store); api.open_sandbox("default");
 let c=tokio_util::sync::CancellationToken::new();
 tokio::spawn(podground::controllers::run(api.client("default","system:kube-controller-manager"),c.clone()));
 tokio::spawn(podground::scheduler::run(api.client("default","system:kube-scheduler"),Default::default(),c.clone()));
 let r=podground::apiserver::router(api,Arc::new(N)).layer(axum::middleware::from_fn(podground::auth::guard::loopback));
 let l=tokio::net::TcpListener::bind("127.0.0.1:18080").await.unwrap();
 podground::web::listener::serve(l,None,r,c).await;
}
