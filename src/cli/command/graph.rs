//! `trichter graph`.

use std::fmt::Write;

use super::load;
use crate::cli::args::{GlobalArgs, GraphArgs, GraphForm};
use crate::cli::output;
use crate::config;
use crate::run::{Failure, FailureClass, Graph, NodeKind};

/// Shows what a job reads, what it makes of it, and what goes where.
pub(in crate::cli) fn graph(global: &GlobalArgs, args: &GraphArgs) -> Result<u8, Failure> {
    let platform = load::platform(global)?;
    let job = load::job(global, &args.job)?;
    config::check_storages(&job, &platform)?;
    let engine = load::planning_engine(Some(&platform))?;
    let planned = load::runtime(Some(1))?.block_on(crate::run::plan(&engine, &job, None))?;
    output::problems(&planned.warnings);
    let graph = Graph::new(&job, &planned);
    match args.format {
        GraphForm::Text => output::text(&text(&graph))?,
        GraphForm::Mermaid => output::text(&mermaid(&graph))?,
        GraphForm::Json => {
            let value = serde_json::to_value(&graph)
                .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            output::json(&value)?;
        }
    }
    Ok(0)
}

/// One line per part of the job, kind by kind, with what it reads.
fn text(graph: &Graph) -> String {
    let width = graph.nodes.iter().map(|node| node.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for kind in NodeKind::ALL {
        let nodes: Vec<_> = graph.nodes.iter().filter(|node| node.kind == kind).collect();
        if nodes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}{}", if text.is_empty() { "" } else { "\n" }, kind.title());
        for node in nodes {
            let read: Vec<&str> = graph.read_by(&node.id).map(|from| from.name.as_str()).collect();
            let mut line = format!("  {:width$}", node.name);
            if !node.note.is_empty() {
                let _ = write!(line, "  {}", node.note);
            }
            if !read.is_empty() {
                let _ = write!(line, "  <- {}", read.join(", "));
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

/// A flow chart as GitHub and many wikis draw it.
fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for kind in NodeKind::ALL {
        let nodes: Vec<_> = graph.nodes.iter().filter(|node| node.kind == kind).collect();
        if nodes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  subgraph {}", kind.title());
        for node in nodes {
            let (open, close) = match kind {
                NodeKind::Source | NodeKind::Previous => ("[(", ")]"),
                NodeKind::Table => ("[", "]"),
                NodeKind::Kpi => ("([", "])"),
                NodeKind::Model => ("{{", "}}"),
                NodeKind::Advice => (">", "]"),
            };
            let _ = writeln!(text, "    {}{open}\"{}\"{close}", node.id, node.name);
        }
        text.push_str("  end\n");
    }
    for edge in &graph.edges {
        let _ = writeln!(text, "  {} --> {}", edge.from, edge.to);
    }
    text
}
