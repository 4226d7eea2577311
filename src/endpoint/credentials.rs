//! Credentials and Region from where every SDK looks for them, and the signature of a request.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: reads the environment and AWS's files"
)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use ini::Ini;
use reqsign_aws_v4::{
    Credential, DefaultCredentialProvider, EnvCredentialProvider, ProfileCredentialProvider,
    RequestSigner, StaticCredentialProvider,
};
use reqsign_core::hash::hex_sha256;
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Error, ErrorKind, FileRead, HttpSend, OsEnv,
    ProvideCredential as _, ProvideCredentialChain, Result, SignRequest as _, Signer,
};
use tokio::process::Command;

use super::client::{AGENT, Client};
use super::target::Target;
use crate::compare::{self, Unreachable};

/// What emulators are told: they want some key, and none looks at it.
const ANY_KEY: &str = "test";

/// What the service is called in signatures and targets.
const SERVICE: &str = "secretsmanager";

/// Where credentials come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The profile in AWS's files, unless it is the one that the environment names.
    pub profile: Option<String>,
}

/// The Region that the environment or a profile names.
pub fn region(chain: &Chain) -> Option<String> {
    set(&["AWS_REGION", "AWS_DEFAULT_REGION"], chain, "region")
}

/// The file with the certificates that are trusted in place of the system's, if the environment or a profile names one.
pub fn ca_bundle(chain: &Chain) -> Option<PathBuf> {
    set(&["AWS_CA_BUNDLE"], chain, "ca_bundle").map(PathBuf::from)
}

/// What a variable of the environment says, or else the profile.
fn set(variables: &[&str], chain: &Chain, key: &str) -> Option<String> {
    let named = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
    variables.iter().find_map(|name| named(name)).or_else(|| {
        let path = named("AWS_CONFIG_FILE").map(PathBuf::from);
        let path = path.or_else(|| Some(env::home_dir()?.join(".aws/config")))?;
        let profile = chain.profile.clone().or_else(|| named("AWS_PROFILE"));
        let profile = profile.as_deref().unwrap_or("default");
        set_by_profile(&fs::read_to_string(path).ok()?, profile, key)
    })
}

/// What a profile says in the text of a configuration.
fn set_by_profile(text: &str, profile: &str, key: &str) -> Option<String> {
    let file = Ini::load_from_str_noescape(text).ok()?;
    let long = format!("profile {profile}");
    let section = file.section(Some(long)).or_else(|| file.section(Some(profile)))?;
    section.get(key).map(str::to_owned)
}

/// Signs requests.
#[derive(Debug)]
pub(super) struct Signing {
    context: Context,
    /// With the credentials that were found, for as long as they are good.
    signer: Signer<Credential>,
}

impl Signing {
    /// What signs calls to a target. An emulator gets any key if none is in the environment or in a file.
    pub(super) fn new(client: &Client, target: &Target, chain: Chain) -> Self {
        let context = Context::new()
            .with_env(OsEnv)
            .with_file_read(Files)
            .with_http_send(Http(client.clone()))
            .with_command_execute(Commands);
        let all = ProvideCredentialChain::new();
        let provider = if target.is_aws() {
            let builder = DefaultCredentialProvider::builder();
            let builder = match chain.profile {
                Some(profile) => builder.with_profile(profile),
                None => builder,
            };
            all.push(builder.build())
        } else {
            let profile = ProfileCredentialProvider::new();
            let profile = match chain.profile {
                Some(name) => profile.with_profile(name),
                None => profile,
            };
            let any = StaticCredentialProvider::new(ANY_KEY, ANY_KEY);
            all.push(EnvCredentialProvider::new()).push(profile).push(any)
        };
        let signer = Signer::new(context.clone(), provider, RequestSigner::new(SERVICE, ""));
        Self { context, signer }
    }

    /// The head of a signed request. With an account, the key says who calls, as `stagewright serve` reads it.
    pub(super) async fn sign(
        &self,
        request: &compare::Request<'_>,
        region: &str,
        account: Option<&str>,
        uri: hyper::Uri,
    ) -> std::result::Result<Parts, Unreachable> {
        let body = request.members.to_string();
        let (mut head, ()) = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", format!("{SERVICE}.{}", request.operation.as_str()))
            .header("x-amz-content-sha256", hex_sha256(body.as_bytes()))
            .body(())
            .map_err(|error| Unreachable(error.to_string()))?
            .into_parts();
        let signer = RequestSigner::new(SERVICE, region);
        let result = if let Some(account) = account {
            let key = StaticCredentialProvider::new(account, ANY_KEY);
            let key = key.provide_credential(&self.context).await.unwrap_or_default();
            signer.sign_request(&self.context, &mut head, key.as_ref(), None).await
        } else {
            self.signer.clone().with_request_signer(signer).sign(&mut head, None).await
        };
        // Not signed: what stands between is free to change it.
        head.headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        result.map(|()| head).map_err(|error| {
            let help = if error.kind() == ErrorKind::CredentialInvalid {
                "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile"
            } else {
                ""
            };
            Unreachable(format!("the call can't be signed: {error}{help}"))
        })
    }
}

/// Files, for profiles and tokens.
#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
        fs::read(path).map_err(|error| Error::unexpected(format!("`{path}`: {error}")))
    }
}

/// Requests to those who give credentials: STS, SSO, the machine.
#[derive(Debug)]
struct Http(Client);

impl HttpSend for Http {
    async fn http_send(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        let sent = self.0.send(request.map(Full::new)).await;
        sent.map_err(|error| Error::unexpected(error.to_string()))
    }
}

/// Commands that a profile names for its credentials.
#[derive(Debug)]
struct Commands;

impl CommandExecute for Commands {
    async fn command_execute<'a>(
        &'a self,
        program: &'a str,
        args: &'a [&'a str],
    ) -> Result<CommandOutput> {
        let output = Command::new(program).args(args).stdin(Stdio::null()).output().await;
        let output = output.map_err(|error| Error::unexpected(format!("`{program}`: {error}")))?;
        Ok(CommandOutput {
            status: output.status.code().unwrap_or(1),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_its_region_and_its_certificates() {
        let text = "[default]\nregion = eu-west-1\n\n[profile ops]\ns3 =\n  max_bandwidth = 1\nregion=us-west-2\nca_bundle = /ca.pem\n";
        assert_eq!(set_by_profile(text, "default", "region").as_deref(), Some("eu-west-1"));
        assert_eq!(set_by_profile(text, "default", "ca_bundle"), None);
        assert_eq!(set_by_profile(text, "ops", "region").as_deref(), Some("us-west-2"));
        assert_eq!(set_by_profile(text, "ops", "ca_bundle").as_deref(), Some("/ca.pem"));
        assert_eq!(set_by_profile(text, "other", "region"), None);
    }
}
