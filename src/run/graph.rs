//! What a job consists of and which part reads which, for people who want to see it.

use serde::Serialize;

use crate::config::Job;
use crate::config::job::Store;
use crate::domain::Party;
use crate::transform::PlannedJob;

/// The parts of a job, in the order in which a run comes to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The job.
    pub job: String,
    /// Its parts.
    pub nodes: Vec<Node>,
    /// Which part reads which, each pair once.
    pub edges: Vec<Edge>,
}

/// One part of a [`Graph`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Kind and name, `table_daily`, in letters, digits and `_`.
    pub id: String,
    /// Name in the job file.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// What is worth knowing in a few words; empty where there is nothing.
    pub note: String,
}

/// That `to` reads `from`; both are a [`Node::id`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// What is read.
    pub from: String,
    /// What reads it.
    pub to: String,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Data of the lake.
    Source,
    /// A table as an earlier run published it.
    Previous,
    /// A table that SQL computes.
    Table,
    /// A KPI.
    Kpi,
    /// A model.
    Model,
    /// Recommendations, or a budget.
    Advice,
}

impl NodeKind {
    /// All of them, in the order in which data flows.
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Previous, Self::Table, Self::Kpi, Self::Model, Self::Advice];

    /// A heading for parts of this kind.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Previous => "previous",
            Self::Table => "tables",
            Self::Kpi => "kpis",
            Self::Model => "models",
            Self::Advice => "steering",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Previous => "previous",
            Self::Table => "table",
            Self::Kpi => "kpi",
            Self::Model => "model",
            Self::Advice => "steering",
        }
    }
}

impl Graph {
    /// The graph of a job that is planned.
    #[must_use]
    pub fn new(job: &Job, planned: &PlannedJob) -> Self {
        let mut graph = Self { job: job.name.clone(), nodes: Vec::new(), edges: Vec::new() };
        for source in &job.sources {
            let whose = if source.party == Party::Third { "outside data" } else { "our own data" };
            let note = match &source.about {
                Some(about) => format!("{whose}: {about}"),
                None => whose.to_owned(),
            };
            graph.add(NodeKind::Source, &source.name, note);
        }
        for name in planned.previous.keys() {
            graph.add(NodeKind::Previous, name, String::new());
        }
        for table in planned.order.iter().filter_map(|name| job.table(name)) {
            let note = match table.store {
                Store::View => "",
                Store::Keep => "kept",
                Store::Publish => "published",
            };
            graph.add(NodeKind::Table, &table.name, note.to_owned());
        }
        for table in &planned.order {
            for read in planned.reads.get(table).into_iter().flatten() {
                graph.connect(read, (NodeKind::Table, table));
            }
        }
        for kpi in &job.kpis {
            graph.add(NodeKind::Kpi, &kpi.name, kpi.unit.clone());
            graph.connect(&kpi.from, (NodeKind::Kpi, &kpi.name));
        }
        for model in &job.models {
            graph.add(NodeKind::Model, model.name(), model.kind().to_owned());
            for table in model.reads() {
                graph.connect(table, (NodeKind::Model, model.name()));
            }
        }
        graph.steering(job);
        graph
    }

    /// What the part with this id reads, in the order of the parts.
    pub fn read_by(&self, id: &str) -> impl Iterator<Item = &Node> {
        let reads = move |node: &&Node| self.edges.iter().any(|edge| edge.to == id && edge.from == node.id);
        self.nodes.iter().filter(reads)
    }

    fn steering(&mut self, job: &Job) {
        let Some(steering) = &job.steering else { return };
        let advice = &steering.recommendations;
        if !advice.models.is_empty() || !advice.custom.is_empty() {
            self.add(NodeKind::Advice, "recommendations", String::new());
        }
        for name in &advice.models {
            self.link(NodeKind::Model, name, (NodeKind::Advice, "recommendations"));
        }
        for name in &advice.custom {
            self.connect(name, (NodeKind::Advice, "recommendations"));
        }
        if let Some(budgets) = &steering.budgets {
            self.add(NodeKind::Advice, "budgets", String::new());
            self.link(NodeKind::Model, &budgets.model, (NodeKind::Advice, "budgets"));
            self.connect(&budgets.cells, (NodeKind::Advice, "budgets"));
        }
    }

    fn add(&mut self, kind: NodeKind, name: &str, note: String) {
        self.nodes.push(Node { id: id(kind, name), name: name.to_owned(), kind, note });
    }

    /// Connects a source, a table or a table of earlier runs, whichever is called `name`.
    fn connect(&mut self, name: &str, to: (NodeKind, &str)) {
        for kind in [NodeKind::Source, NodeKind::Previous, NodeKind::Table] {
            if self.nodes.iter().any(|node| node.id == id(kind, name)) {
                return self.link(kind, name, to);
            }
        }
    }

    fn link(&mut self, kind: NodeKind, name: &str, to: (NodeKind, &str)) {
        let edge = Edge { from: id(kind, name), to: id(to.0, to.1) };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }
}

fn id(kind: NodeKind, name: &str) -> String {
    let name = name.strip_prefix("previous.").unwrap_or(name);
    format!("{}_{name}", kind.prefix())
}
