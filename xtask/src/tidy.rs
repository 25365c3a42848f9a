//! Small checks of the house that no compiler makes: the arrows between packages are those of
//! ARCHITECTURE.md, and the files it names are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_owned()
}

fn architecture() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is readable")
}

/// The table under "Arrows": package to the packages it may depend on.
fn arrows_on_paper() -> BTreeMap<String, BTreeSet<String>> {
    let page = architecture();
    let rows = page.lines().skip_while(|line| *line != "| package | depends on |").skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let (package, targets) = (cells.next()?, cells.next()?);
            let targets = targets.split(',').map(str::trim).filter(|name| !name.is_empty());
            Some((package.to_owned(), targets.map(str::to_owned).collect()))
        })
        .collect()
}

/// What the manifests say, development dependencies left out.
fn arrows_in_manifests() -> BTreeMap<String, BTreeSet<String>> {
    let mut arrows = BTreeMap::new();
    for shelf in ["core", "crates"] {
        let entries = fs::read_dir(root().join(shelf)).expect("the shelves are there");
        for folder in entries.flatten().map(|entry| entry.path()) {
            let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
            let name = folder.file_name().expect("a folder has a name").to_string_lossy();
            arrows.insert(name.into_owned(), dependencies(&manifest));
        }
    }
    let packages: BTreeSet<String> = arrows.keys().cloned().collect();
    for targets in arrows.values_mut() {
        targets.retain(|target| packages.contains(target));
    }
    arrows
}

fn dependencies(manifest: &str) -> BTreeSet<String> {
    let section = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    section
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_arrows_between_packages_are_those_of_the_architecture_page() {
    assert_eq!(arrows_in_manifests(), arrows_on_paper());
}

/// Paths in backquotes that look like Rust files, with the folders they may be relative to.
#[test]
fn files_that_the_architecture_page_names_exist() {
    let page = architecture();
    let folders = ["", "core", "crates", "crates/broker/src", "core/replication/src"];
    let named = page.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".rs"));
    for word in named.filter(|word| !word.contains([' ', '*'])) {
        let here = folders.iter().any(|folder| root().join(folder).join(word).is_file());
        assert!(here, "ARCHITECTURE.md names {word}, which is not there");
    }
}
