//! The HTTP interface.
//!
//! Handlers translate between HTTP and [`api::Api`] and decide nothing. Whatever goes wrong, also
//! below the handlers (a limit, a timeout, a panic, an unknown path), leaves as a problem document
//! of RFC 9457; [`problem`] is the only place that knows status codes.

mod adapter;
pub mod api;
mod extract;
mod health;
mod problem;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use api::Api;

#[derive(OpenApi)]
#[openapi(info(
    title = "Qoltanba",
    description = "Checks of signatures and certificates, and the housing register."
))]
struct Document;

/// All routes and layers over a service.
pub fn router(api: Arc<dyn Api>) -> Router {
    let limits = api.limits();
    let most = |bytes: u64| RequestBodyLimitLayer::new(usize::try_from(bytes).unwrap_or(usize::MAX));
    let v1 = OpenApiRouter::new()
        .routes(routes!(api::certificates::check))
        .routes(routes!(api::applications::create))
        .routes(routes!(api::applications::check))
        .routes(routes!(api::applications::show))
        .routes(routes!(api::applications::document))
        .routes(routes!(api::applications::receipt))
        .routes(routes!(api::applications::notice))
        .routes(routes!(api::applications::step))
        .routes(routes!(api::searches::create))
        .routes(routes!(api::searches::accesses))
        .routes(routes!(api::queue::show))
        .routes(routes!(api::papers::extract))
        .routes(routes!(api::papers::list))
        .routes(routes!(api::papers::refuse))
        .routes(routes!(api::papers::refused))
        .routes(routes!(api::inventories::create))
        .routes(routes!(api::inventories::show))
        .routes(routes!(api::reception::slots))
        .routes(routes!(api::reception::book))
        .routes(routes!(api::reception::show, api::reception::cancel))
        .routes(routes!(api::reception::arrive))
        .routes(routes!(api::reception::walk_in))
        .routes(routes!(api::reception::call))
        .routes(routes!(api::reception::close))
        .routes(routes!(api::reception::board))
        .layer(most(limits.request_bytes))
        .merge(OpenApiRouter::new().routes(routes!(api::verifications::create)));
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", v1)
        .routes(routes!(api::papers::check))
        .routes(routes!(api::papers::ask))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::version))
        .split_for_parts();
    router
        .with_state(api)
        .merge(utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", document))
        .layer(DefaultBodyLimit::disable())
        // Room for the other part of a multipart body.
        .layer(most(limits.request_bytes.max(limits.verification_bytes.saturating_add(1 << 20))))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            Duration::from_secs(limits.request_seconds),
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(problem::shape))
}

/// "File size limit exceeded" (POSIX), by its number on Linux, the BSDs and macOS.
const SIGXFSZ: i32 = 25;

/// Serves until `stop` resolves or SIGTERM or SIGINT arrives, then lets running requests finish
/// for at most `drain` seconds.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    drain: u64,
) -> std::io::Result<()> {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    // A file that would grow past a limit of the process is that write's error and not the end of the process.
    let _caught = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ))?;
    let wait = async move {
        tokio::select! {
            () = stop => {}
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        let _nobody_waits = tell.send(());
    };
    let server = axum::serve(listener, router).with_graceful_shutdown(wait);
    let limit = async move {
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_secs(drain)).await;
    };
    tokio::select! {
        done = async { server.await } => done,
        () = limit => Ok(()),
    }
}
