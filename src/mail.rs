//! Letters by SMTP (RFC 5321). What they say is decided elsewhere; this module knows only how a letter leaves, and
//! whether one that did not may be tried again.
//!
//! TLS is OpenSSL's, as everywhere in the program. Without TLS a letter can be read on its way, so that is for a relay
//! on the same machine or in a private network, and no password goes that way.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::time::Duration;

/// How long one command of the dialogue may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    None,
    /// STARTTLS (RFC 3207), demanded.
    StartTls,
    /// TLS from the beginning (RFC 8314).
    Tls,
}

/// Where letters are given to, and by whom.
pub struct Relay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// What a relay is made of.
pub struct RelaySettings {
    pub host: String,
    pub port: u16,
    pub protection: Protection,
    /// A further authority that may certify the relay, PEM.
    pub authority: Option<Vec<u8>>,
    pub login: Option<(String, zeroize::Zeroizing<String>)>,
    /// The sender: `register@example.kz`, or with a name before `<…>`.
    pub from: String,
}

/// A letter. `id` makes its Message-ID: the same letter sent twice has the same one.
#[derive(Clone, Debug)]
pub struct Letter {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a letter.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// ASCII.
    pub file_name: String,
    pub media_type: &'static str,
    pub octets: Vec<u8>,
}

/// Why a letter did not leave. The texts do not repeat the address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// The same letter will be refused again.
    #[error("{0}")]
    Refused(String),
    /// It may go another time.
    #[error("{0}")]
    Later(String),
}

/// Whether a letter can be addressed to it.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

impl Relay {
    /// # Errors
    /// Says what in the settings cannot be used.
    pub fn new(settings: RelaySettings) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        let RelaySettings { host, port, protection, authority, login, from } = settings;
        let from: Mailbox = from.parse().context("the sender is no address")?;
        let mut parameters = TlsParameters::builder(host.clone());
        if let Some(pem) = &authority {
            parameters =
                parameters.add_root_certificate(Certificate::from_pem(pem).context("the authority")?);
        }
        let tls = match protection {
            Protection::None => Tls::None,
            Protection::StartTls => Tls::Required(parameters.build()?),
            Protection::Tls => Tls::Wrapper(parameters.build()?),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host);
        let mut builder = builder.port(port).tls(tls).timeout(Some(PATIENCE));
        if let Some((user, password)) = login {
            anyhow::ensure!(protection != Protection::None, "a password is not sent without TLS");
            builder = builder.credentials(Credentials::new(user, password.to_string()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Gives a letter to the relay, which has taken it when this returns.
    ///
    /// # Errors
    /// Says whether trying again can help.
    pub async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        let to: Address = letter.to.parse().map_err(|_| Unsent::Refused("not an address".to_owned()))?;
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        // RFC 3834: so that nobody's absence notice answers.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let text = || SinglePart::plain(letter.text.clone());
        let body = letter.attachments.iter().try_fold(MultiPart::mixed().singlepart(text()), |body, file| {
            let kind = ContentType::parse(file.media_type).map_err(|error| error.to_string())?;
            let part = lettre::message::Attachment::new(file.file_name.clone());
            Ok::<_, String>(body.singlepart(part.body(file.octets.clone(), kind)))
        });
        let body = body.map_err(Unsent::Refused)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .message_id(Some(id))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let message =
            if letter.attachments.is_empty() { message.singlepart(text()) } else { message.multipart(body) };
        let message = message.map_err(|error| Unsent::Refused(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let said = without(&letter.to, &describe(&error));
                Err(if error.is_permanent() { Unsent::Refused(said) } else { Unsent::Later(said) })
            }
        }
    }
}

fn describe(error: &lettre::transport::smtp::Error) -> String {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_says = cause.to_string();
        if !said.contains(&cause_says) {
            said = format!("{said}: {cause_says}");
        }
        source = cause.source();
    }
    said
}

/// Servers repeat the address in what they say.
fn without(address: &str, said: &str) -> String {
    let mailbox = address.split('@').next().unwrap_or(address);
    let said = said.replace(address, "(the address)");
    if mailbox.len() < 3 { said } else { said.replace(mailbox, "(the address)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(from: &str, protection: Protection) -> RelaySettings {
        let login = Some(("user".to_owned(), zeroize::Zeroizing::new("password".to_owned())));
        let host = "localhost".to_owned();
        RelaySettings { host, port: 25, protection, authority: None, login, from: from.to_owned() }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        assert!(Relay::new(settings("register", Protection::StartTls)).is_err());
        assert!(Relay::new(settings("a@example.kz", Protection::None)).is_err());
        assert!(Relay::new(settings("Тізілім <a@example.kz>", Protection::Tls)).is_ok());
        let bad =
            RelaySettings { authority: Some(b"no PEM".to_vec()), ..settings("a@b.kz", Protection::Tls) };
        assert!(Relay::new(bad).is_err());
    }

    #[test]
    fn the_address_is_not_repeated() {
        let said = without("a.user@example.kz", "550 <a.user@example.kz>: no mailbox a.user here");
        assert_eq!(said, "550 <(the address)>: no mailbox (the address) here");
    }
}
