//! Stories of the first start of a node, on a disk in memory that loses its power.

use base::config::server::Given;
use storage::MemoryDisk;

use super::*;
use crate::server::supported_features;

/// Two directories. What is in them is in memory; only their locks are on a real disk.
struct Home {
    dir: PathBuf,
    config: ServerConfig,
}

impl Home {
    fn new(name: &str) -> Home {
        let dir = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
        let paths = ["a", "b"].map(|name| dir.join(name));
        for path in &paths {
            std::fs::create_dir_all(path).expect("the disk works");
        }
        let set = |key: &str, value: String| (key.to_owned(), value);
        let settings = [
            set("log.dirs", format!("{},{}", paths[0].display(), paths[1].display())),
            set("metadata.log.dir", paths[1].display().to_string()),
        ];
        let given = Given { file: None, environment: &[], settings: &settings };
        let config = ServerConfig::load(&given).expect("the settings go together").config;
        Home { dir, config }
    }

    /// A disk on which the two directories are empty.
    fn disk(&self) -> MemoryDisk {
        let disk = MemoryDisk::new();
        for name in ["a", "b"] {
            disk.create_dir_all(&self.dir.join(name)).expect("the disk works");
        }
        disk.sync_everything(&self.dir).expect("the disk works");
        disk
    }

    fn open(&self, disk: &MemoryDisk) -> Result<OpenedDirectories, StartError> {
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let supported = supported_features(&self.config);
        open_directories(&disk, &self.config, &supported, &io::RealEnv::new())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

#[test]
fn a_formatting_that_was_interrupted_at_any_point_is_brought_to_its_end() {
    let home = Home::new("interrupted-formatting");
    let whole = {
        let disk = home.disk();
        let before = disk.counts().changes;
        home.open(&disk).expect("empty directories are formatted");
        disk.counts().changes - before
    };
    for point in 0..whole {
        for seed in 0..3 {
            let disk = home.disk();
            disk.cut_power_after(point);
            let interrupted = home.open(&disk);
            assert!(interrupted.is_err(), "the power is off");
            let disk = disk.restart(seed);
            let opened = home.open(&disk);
            let opened = opened.unwrap_or_else(|error| panic!("point {point}: {error}"));
            assert!(opened.online().count() == 2 && !opened.cluster_id.is_empty());
            let again = home.open(&disk).expect("it is formatted");
            let ids = |opened: &OpenedDirectories| {
                opened.directories.iter().map(|dir| dir.id).collect::<Vec<_>>()
            };
            assert_eq!((ids(&again), again.cluster_id), (ids(&opened), opened.cluster_id));
        }
    }
}

#[test]
fn a_node_formats_itself_for_the_cluster_it_is_told_and_serves_no_other() {
    let mut home = Home::new("told-cluster");
    let disk = home.disk();
    let id = "MkU3OEVBNTcwNTJENDM2Qk";
    home.config.cluster_id = Some(id.to_owned());
    assert_eq!(home.open(&disk).expect("empty directories are formatted").cluster_id, id);
    home.config.cluster_id = None;
    assert_eq!(home.open(&disk).expect("any cluster will do").cluster_id, id);
    home.config.cluster_id = Some("5L6g3nShT-eMCtK--X86sw".to_owned());
    let error = home.open(&disk).err().expect("it is another's").to_string();
    assert!(error.contains(&format!("belongs to cluster {id}, but")), "{error}");
}

#[test]
fn an_empty_directory_beside_one_that_has_begun_is_not_formatted() {
    let home = Home::new("lost-directory");
    let disk = home.disk();
    home.open(&disk).expect("empty directories are formatted");
    disk.create_dir_all(&home.dir.join("b/orders-0")).expect("the disk works");
    disk.remove(&home.dir.join("a/meta.properties")).expect("it is there");
    let error = home.open(&disk).err().expect("its logs may be elsewhere").to_string();
    assert!(error.contains("is not formatted, though others are"), "{error}");
}
