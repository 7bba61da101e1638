//! What is fetched, from whom, and what an outage is: against servers of our own on loopback, `openssl ocsp`
//! as a responder, and `openssl ts` behind a small server.

mod commands;
mod network;
mod objects;
mod responders;
mod site;
mod timestamps;
