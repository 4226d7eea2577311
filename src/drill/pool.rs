//! Processes of the function, started ahead: the start of a runtime takes longer than all of its calls.

use std::collections::VecDeque;

use crate::lambda::{Instance, InvocationError, ProcessConfig};

/// How many processes wait.
const AHEAD: usize = 2;

/// How the access keys of processes begin.
const KEY: &str = "STAGEWRIGHT";

/// Whether an access key is one that a process was started with.
pub(super) fn is_of_process(key: &str) -> bool {
    key.strip_prefix(KEY).is_some_and(|number| !number.is_empty())
}

/// Processes that have not been invoked yet.
#[derive(Debug)]
pub(super) struct Pool {
    config: ProcessConfig,
    waiting: VecDeque<Worker>,
    started: u64,
}

/// A process, and the access key that it calls with: by it one knows whose call it is.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) instance: Instance,
    pub(super) key: String,
}

impl Pool {
    pub(super) fn new(config: ProcessConfig) -> Self {
        Self { config, waiting: VecDeque::new(), started: 0 }
    }

    /// A process of its own, and others start to be ready for the next who asks.
    pub(super) async fn take(&mut self) -> Result<Worker, InvocationError> {
        let worker = match self.waiting.pop_front() {
            Some(worker) => worker,
            None => self.start().await?,
        };
        while self.waiting.len() < AHEAD {
            let next = self.start().await?;
            self.waiting.push_back(next);
        }
        Ok(worker)
    }

    async fn start(&mut self) -> Result<Worker, InvocationError> {
        self.started = self.started.saturating_add(1);
        let key = format!("{KEY}{:09}", self.started);
        let mut config = self.config.clone();
        config.environment.insert("AWS_ACCESS_KEY_ID".to_owned(), key.clone());
        Ok(Worker { instance: Instance::start(&config).await?, key })
    }
}
