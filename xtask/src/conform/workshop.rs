//! Where foreign clients are installed, once per machine: jars by Maven, virtual environments by
//! pip, programs by Go, modules by npm, a package by Debian.
//!
//! Each environment lies in a folder of the cache, outside the checkout, whose name carries a digest
//! of the files it was made from: a changed pin or source makes a new one, and an environment whose
//! making was interrupted has no `.ready` file and is made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::child;
use super::node::Kind;

/// Installing is bounded so that a registry which does not answer cannot hold a run for ever.
const INSTALL_LIMIT: Duration = Duration::from_secs(900);

pub struct Workshop {
    checkout: PathBuf,
    cache: PathBuf,
    /// Fresh for this run; nodes, clients and their output live here.
    pub scratch: PathBuf,
}

impl Workshop {
    pub fn open() -> Result<Workshop, String> {
        let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let checkout = manifest.parent().unwrap_or(Path::new(".")).to_path_buf();
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let cache = variable("VLTAVA_CONFORM_CACHE")
            .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("vltava-conform")))
            .or_else(|| variable("HOME").map(|home| home.join(".cache/vltava-conform")))
            .ok_or("could not find a cache folder: set VLTAVA_CONFORM_CACHE")?;
        let scratch = std::env::temp_dir().join(format!("vltava-conform-{}", std::process::id()));
        for folder in [&cache, &scratch] {
            fs::create_dir_all(folder)
                .map_err(|e| format!("could not create {}: {e}", folder.display()))?;
        }
        Ok(Workshop { checkout, cache, scratch })
    }

    pub fn checkout(&self) -> &Path {
        &self.checkout
    }

    /// A file or folder below `tests/conform`.
    pub fn source(&self, path: &str) -> PathBuf {
        self.checkout.join("tests/conform").join(path)
    }

    /// A fresh folder of this run.
    pub fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.scratch.join(name);
        fs::create_dir_all(&folder)
            .map_err(|e| format!("could not create {}: {e}", folder.display()))?;
        Ok(folder)
    }

    fn target(&self) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        self.checkout.join(target.unwrap_or_else(|| "target".into()))
    }

    /// The program under test: `VLTAVA_BINARY`, or the release build of this checkout.
    pub fn vltava(&self) -> PathBuf {
        let named = std::env::var_os("VLTAVA_BINARY").map(PathBuf::from);
        named.unwrap_or_else(|| self.target().join("release/vltava"))
    }

    /// Builds the program under test, unless `VLTAVA_BINARY` names one.
    pub fn build_vltava(&self) -> Result<(), String> {
        if std::env::var_os("VLTAVA_BINARY").is_some() {
            return Ok(());
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = child::command(cargo, ["build", "--release", "--bin", "vltava"]);
        let status = command
            .current_dir(&self.checkout)
            .status()
            .map_err(|e| format!("could not start cargo: {e}"))?;
        match status.success() {
            true => Ok(()),
            false => Err("could not build vltava: see cargo's output above".into()),
        }
    }

    /// The folder `name` of the cache, made by `build` unless it stands there already for the same
    /// `inputs`. `build` gets the folder to fill.
    pub fn environment(
        &self,
        name: &str,
        inputs: &[PathBuf],
        build: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        let digest = digest_of(inputs)?;
        let folder = self.cache.join(format!("{name}-{digest:016x}"));
        let ready = folder.join(".ready");
        if ready.exists() {
            return Ok(folder);
        }
        println!("  preparing {name} in {}", folder.display());
        let io = |e: std::io::Error| format!("could not prepare {}: {e}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(io)?;
        }
        fs::create_dir_all(&folder).map_err(io)?;
        build(&folder)?;
        fs::write(&ready, "").map_err(io)?;
        Ok(folder)
    }

    /// A file of the cache that remembers how far a long run got.
    pub fn progress_file(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.cache.join("progress");
        fs::create_dir_all(&folder)
            .map_err(|e| format!("could not create {}: {e}", folder.display()))?;
        Ok(folder.join(name))
    }

    /// The jars that `pom` names with everything they need, in a flat folder.
    pub fn jars(&self, name: &str, pom: &Path) -> Result<PathBuf, String> {
        self.environment(name, &[pom.to_path_buf()], |folder| {
            let mut command = child::command("mvn", ["-q", "-B", "-f"]);
            command
                .arg(pom)
                .arg("dependency:copy-dependencies")
                .arg(format!("-DoutputDirectory={}", folder.display()));
            install(command, folder)
        })
    }

    /// Apache Kafka 4.3.1 whole: broker, tools, clients, and the record classes of its coordinators.
    pub fn kafka_jars(&self) -> Result<PathBuf, String> {
        self.jars("kafka-4.3.1", &self.source("java/pom.xml"))
    }

    /// Apache Kafka 3.9.2, broker and clients.
    pub fn legacy_jars(&self) -> Result<PathBuf, String> {
        self.jars("kafka-3.9.2", &self.source("java/legacy/pom.xml"))
    }

    /// Kafka Streams 4.3.1 with its stores.
    pub fn streams_jars(&self) -> Result<PathBuf, String> {
        self.jars("streams-4.3.1", &self.source("java/streams/pom.xml"))
    }

    pub fn broker_class_path(&self, kind: Kind) -> Result<String, String> {
        let jars = match kind {
            Kind::Apache39 => self.legacy_jars()?,
            Kind::Apache | Kind::Vltava => self.kafka_jars()?,
        };
        Ok(format!("{}/*", jars.display()))
    }

    /// Compiles `sources` below `tests/conform/java` against `jars`; the class path to run them with.
    pub fn java_classes(
        &self,
        name: &str,
        sources: &[&str],
        jars: &Path,
    ) -> Result<String, String> {
        let files: Vec<PathBuf> =
            sources.iter().map(|file| self.source("java").join(file)).collect();
        let jar_path = format!("{}/*", jars.display());
        let classes = self.environment(name, &files, |folder| {
            let mut command =
                child::command("javac", ["-nowarn", "-proc:none", "-encoding", "UTF-8", "-d"]);
            command.arg(folder).args(["-cp", &jar_path]).args(&files);
            install(command, folder)
        })?;
        Ok(format!("{}:{jar_path}", classes.display()))
    }

    /// The interpreter of a virtual environment with exactly the packages of a requirements file
    /// below `tests/conform/python`.
    pub fn python(&self, name: &str, requirements: &str) -> Result<PathBuf, String> {
        let file = self.source("python").join(requirements);
        let folder = self.environment(name, std::slice::from_ref(&file), |folder| {
            let mut make = child::command("python3", ["-m", "venv"]);
            make.arg(folder);
            install(make, folder)?;
            let mut fill = child::command(
                folder.join("bin/python"),
                ["-m", "pip", "install", "-q", "--no-deps", "-r"],
            );
            fill.arg(&file);
            install(fill, folder)
        })?;
        Ok(folder.join("bin/python"))
    }

    /// The same for a client that only an old interpreter can run: Python `version`, such as 3.6, from
    /// the PATH or as pyenv installs it. `None` if this machine has none.
    pub fn old_python(
        &self,
        version: &str,
        name: &str,
        requirements: &str,
    ) -> Result<Option<PathBuf>, String> {
        let Some(interpreter) = find_python(version) else { return Ok(None) };
        let file = self.source("python").join(requirements);
        let folder = self.environment(name, std::slice::from_ref(&file), |folder| {
            let mut make = child::command(&interpreter, ["-m", "venv"]);
            make.arg(folder);
            install(make, folder)?;
            // The pip that came with these is too old to take wheels of the last packages for them.
            let pip = |arguments: &[&str]| {
                let mut command = child::command(folder.join("bin/python"), ["-m", "pip"]);
                command.args(["install", "-q", "--no-deps"]).args(arguments);
                command
            };
            install(pip(&["pip==21.3.1"]), folder)?;
            let mut fill = pip(&["-r"]);
            fill.arg(&file);
            install(fill, folder)
        })?;
        Ok(Some(folder.join("bin/python")))
    }

    /// The one Go program, built from `tests/conform/go`.
    pub fn go_program(&self) -> Result<PathBuf, String> {
        let sources = self.source("go");
        let folder = self.environment("go", &files_below(&sources)?, |folder| {
            let mut command = child::command("go", ["build", "-o"]);
            command.arg(folder.join("client")).arg(".").current_dir(&sources);
            install(command, folder)
        })?;
        Ok(folder.join("client"))
    }

    /// franz-go's own tests of its client, built from the module of the release that
    /// `tests/conform/go` pins. The module cache is read-only, so they are built from a copy.
    pub fn franz_tests(&self) -> Result<PathBuf, String> {
        let sources = self.source("go");
        let folder = self.environment("kgo", &[sources.join("go.mod")], |folder| {
            let mut download = child::command("go", ["mod", "download"]);
            download.arg("github.com/twmb/franz-go").current_dir(&sources);
            install(download, folder)?;
            let mut find = child::command("go", ["list", "-m", "-f", "{{.Dir}}"]);
            find.arg("github.com/twmb/franz-go").current_dir(&sources);
            let found = child::run(find, folder, "module", INSTALL_LIMIT)?;
            let module = found.stdout_text().trim().to_owned();
            if !found.ending.is_success() || module.is_empty() {
                return Err(format!("franz-go is not in the module cache\n{}", found.tail(5)));
            }
            let mut copy = child::command("cp", ["-r", "--no-preserve=mode", &module]);
            copy.arg(folder.join("module"));
            install(copy, folder)?;
            let mut build = child::command("go", ["test", "-c", "-o"]);
            build.arg(folder.join("tests")).arg("./pkg/kgo").current_dir(folder.join("module"));
            install(build, folder)
        })?;
        Ok(folder.join("tests"))
    }

    /// A folder with the `node_modules` that `tests/conform/node/package.json` pins. Nothing is
    /// installed into the checkout: the scripts find the modules through NODE_PATH.
    pub fn node_modules(&self) -> Result<PathBuf, String> {
        let manifest = self.source("node/package.json");
        let folder = self.environment("node", std::slice::from_ref(&manifest), |folder| {
            fs::copy(&manifest, folder.join("package.json"))
                .map_err(|e| format!("could not copy {}: {e}", manifest.display()))?;
            let mut command =
                child::command("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"]);
            command.current_dir(folder);
            install(command, folder)
        })?;
        Ok(folder.join("node_modules"))
    }

    /// kcat, from Debian if it is not there and this process may install it.
    pub fn kcat(&self) -> Result<PathBuf, String> {
        if let Some(found) = on_path("kcat") {
            return Ok(found);
        }
        let quiet = |arguments: &[&str]| {
            let mut command = child::command("apt-get", arguments);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            install(command, &self.scratch)
        };
        quiet(&["update"])?;
        quiet(&["install", "-y", "--no-install-recommends", "kcat"])?;
        on_path("kcat").ok_or_else(|| "kcat is not on the PATH after its installation".into())
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn find_python(version: &str) -> Option<PathBuf> {
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv")));
    let installed = pyenv.and_then(|pyenv| fs::read_dir(pyenv.join("versions")).ok());
    let prefix = format!("{version}.");
    let mut found: Vec<PathBuf> = installed
        .into_iter()
        .flat_map(|entries| entries.flatten())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path().join("bin/python"))
        .collect();
    found.extend(on_path(&format!("python{version}")));
    // A pyenv shim is on the PATH also where the version behind it is not switched on.
    found.into_iter().find(|python| {
        let mut command = child::command(python, ["-c", ""]);
        command.stderr(std::process::Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

fn install(command: Command, folder: &Path) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let name =
        Path::new(&program).file_name().map_or(program.clone(), |n| n.to_string_lossy().into());
    let finished = child::run(command, folder, &format!("install-{name}"), INSTALL_LIMIT)?;
    match finished.ending.is_success() {
        true => Ok(()),
        false => Err(format!("{program} {}\n{}", finished.ending, finished.tail(25))),
    }
}

/// Every file below `folder`, in a fixed order.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder)
            .map_err(|e| format!("could not list {}: {e}", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// FNV-1a over names and contents: it only has to notice a change.
fn digest_of(files: &[PathBuf]) -> Result<u64, String> {
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        let name = file.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
        let content =
            fs::read(file).map_err(|e| format!("could not read {}: {e}", file.display()))?;
        for byte in name.into_iter().chain(content) {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(digest)
}
