//! Calls the main operations with the Rust SDK, as it comes, against the server in `STAGEWRIGHT_URL`.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{Config, Region};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use aws_sdk_secretsmanager::operation::RequestId as _;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, RotationRulesType, Tag};
use aws_smithy_http_client::Builder;

/// A function that the server isn't told how to run: its callers play its part.
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:not-configured";

const BINARY: &[u8] = b"\x00\xfftwo";

type Done = Result<(), Box<dyn Error>>;

fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version_latest()
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(Credentials::new("111111111111", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let url =
        std::env::var("STAGEWRIGHT_URL").map_err(|_| "STAGEWRIGHT_URL is the URL of the server")?;
    let client = client(&url);
    values_and_labels(&client).await?;
    lists(&client).await?;
    rotation(&client).await?;
    refusals(&client).await?;
    deletion(&client).await?;
    println!("Rust SDK: values, labels, lists, rotation, errors, deletion");
    Ok(())
}

async fn values_and_labels(client: &Client) -> Done {
    let made = client.create_secret().name("db/app").secret_string("one").send().await?;
    let arn = made.arn().ok_or("an ARN")?;
    assert!(
        arn.starts_with("arn:aws:secretsmanager:us-east-1:111111111111:secret:db/app-"),
        "{arn}"
    );
    assert!(made.request_id().is_some());
    let first = made.version_id().ok_or("a version")?;
    let put = client.put_secret_value().secret_id(arn).secret_binary(Blob::new(BINARY));
    let put = put.version_stages("AWSPENDING").send().await?;
    let second = put.version_id().ok_or("a version")?;
    let read = client.get_secret_value().secret_id(arn).version_stage("AWSPENDING").send().await?;
    assert_eq!(read.secret_binary().map(AsRef::as_ref), Some(BINARY));
    assert_eq!(read.secret_string(), None);
    let created = read.created_date().ok_or("a date")?.to_millis()?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    assert!((now - created).abs() < 600_000, "{created} is not about {now}");
    let moved = client.update_secret_version_stage().secret_id(arn).version_stage("AWSCURRENT");
    moved.move_to_version_id(second).remove_from_version_id(first).send().await?;
    let told = client.describe_secret().secret_id(arn).send().await?;
    let stages = told.version_ids_to_stages().ok_or("stages")?;
    assert_eq!(stages.get(first), Some(&vec!["AWSPREVIOUS".to_owned()]));
    assert!(stages.get(second).is_some_and(|labels| labels.contains(&"AWSCURRENT".to_owned())));
    Ok(())
}

async fn lists(client: &Client) -> Done {
    let tag = Tag::builder().key("team").value("a").build();
    client.tag_resource().secret_id("db/app").tags(tag).send().await?;
    client.update_secret().secret_id("db/app").description("a database").send().await?;
    let filter = Filter::builder().key(FilterNameStringType::Name).values("db/").build();
    let listed = client.list_secrets().filters(filter).send().await?;
    let [entry] = listed.secret_list() else { return Err("one secret is listed".into()) };
    assert_eq!((entry.name(), entry.description()), (Some("db/app"), Some("a database")));
    assert_eq!(entry.tags().first().and_then(Tag::value), Some("a"));
    let versions = client.list_secret_version_ids().secret_id("db/app").send().await?;
    assert_eq!(versions.versions().len(), 2);
    let batch = client.batch_get_secret_value().secret_id_list("db/app").secret_id_list("nothing");
    let batch = batch.send().await?;
    assert_eq!((batch.secret_values().len(), batch.errors().len()), (1, 1));
    let password = client.get_random_password().password_length(20).send().await?;
    assert_eq!(password.random_password().map(str::len), Some(20));
    Ok(())
}

async fn rotation(client: &Client) -> Done {
    client.create_secret().name("rotates").secret_string("one").send().await?;
    let rules = RotationRulesType::builder().automatically_after_days(30).build();
    let rotate = client.rotate_secret().secret_id("rotates").rotation_lambda_arn(FUNCTION);
    let rotated = rotate.rotation_rules(rules).send().await?;
    let token = rotated.version_id().ok_or("a version")?;
    let told = client.describe_secret().secret_id("rotates").send().await?;
    let stages = told.version_ids_to_stages().ok_or("stages")?;
    assert_eq!(stages.get(token), Some(&vec!["AWSPENDING".to_owned()]));
    assert!(told.next_rotation_date().is_some_and(|date| date.secs() > 0));
    client.cancel_rotate_secret().secret_id("rotates").send().await?;
    Ok(())
}

async fn refusals(client: &Client) -> Done {
    let missing = client.get_secret_value().secret_id("nothing").send().await;
    let missing = missing.err().ok_or("a refusal")?.into_service_error();
    assert!(missing.is_resource_not_found_exception(), "{missing:?}");
    assert_eq!(missing.message(), Some("Secrets Manager can't find the specified secret."));
    let exists = client.create_secret().name("db/app").secret_string("one").send().await;
    let exists = exists.err().ok_or("a refusal")?.into_service_error();
    assert!(exists.is_resource_exists_exception(), "{exists:?}");
    let no_function = client.rotate_secret().secret_id("db/app").send().await;
    let no_function = no_function.err().ok_or("a refusal")?.into_service_error();
    assert!(no_function.is_invalid_request_exception(), "{no_function:?}");
    Ok(())
}

async fn deletion(client: &Client) -> Done {
    let deleted =
        client.delete_secret().secret_id("db/app").recovery_window_in_days(7).send().await?;
    assert!(deleted.deletion_date().is_some());
    let read = client.get_secret_value().secret_id("db/app").send().await;
    let read = read.err().ok_or("a refusal")?.into_service_error();
    assert!(read.is_invalid_request_exception(), "{read:?}");
    client.restore_secret().secret_id("db/app").send().await?;
    let read = client.get_secret_value().secret_id("db/app").send().await?;
    assert_eq!(read.secret_binary().map(AsRef::as_ref), Some(BINARY));
    Ok(())
}
