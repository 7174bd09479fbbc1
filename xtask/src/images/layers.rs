//! The layers of the images: each a set of Debian packages with all that they need, less what its parents have.
//!
//! Resolved by the machine's own apt as if nothing were installed, downloaded once into the cache, unpacked without
//! their scripts. What those scripts would have done is done here or in the Dockerfile. No root file system is entered
//! and nothing is installed on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::apt::{self, Package};
use crate::places::Places;
use crate::{fingerprint, kubectl, process};

/// A layer, its parents, its packages.
struct Layer {
    name: &'static str,
    parents: &'static [&'static str],
    packages: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer { name: "busybox", parents: &[], packages: &["busybox-static"] },
    Layer {
        name: "libc",
        parents: &[],
        packages: &["libc6", "netbase", "tzdata", "media-types", "ca-certificates", "libcrypt1", "libgcc-s1", "zlib1g"],
    },
    Layer { name: "curl", parents: &["busybox", "libc"], packages: &["curl"] },
    Layer { name: "git", parents: &["busybox", "libc", "curl"], packages: &["git"] },
    Layer {
        name: "debian",
        parents: &["busybox", "libc"],
        packages: &["base-files", "bash", "coreutils", "grep", "sed", "mawk", "findutils", "ncurses-base"],
    },
    Layer { name: "nginx", parents: &["busybox", "libc", "debian"], packages: &["nginx-light"] },
    Layer { name: "python", parents: &["busybox", "libc", "debian"], packages: &["python3"] },
    Layer {
        name: "node",
        parents: &["busybox", "libc", "debian", "curl", "git"],
        packages: &["procps", "vim", "jq", "less", "nano", "ncurses-bin", "bash-completion", "tar", "iputils-ping"],
    },
];

/// Needed by the packages' own scripts, or by logins: nothing in the images runs those.
const LEFT_OUT: &str = "debconf perl perl-base perl-modules-5.36 libperl5.36 liberror-perl init-system-helpers adduser \
    passwd lsb-base sysvinit-utils dpkg libc-bin openssl ucf sensible-utils libpam0g libpam-modules \
    libpam-modules-bin libpam-runtime libsemanage2 libsemanage-common libsepol2 libgdbm6 libgdbm-compat4 \
    gcc-12-base mount debianutils base-passwd install-info iproute2 git-man usrmerge nginx-common-doc";

/// Paths that only take room.
const EXCLUDED: &[&str] = &[
    "usr/share/man",
    "usr/share/doc",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/bug",
    "usr/share/perl5",
    "usr/lib/*/gconv",
    "usr/lib/*/perl-base",
    "etc/init.d",
    "lib/systemd",
    "etc/systemd",
    "usr/share/gitweb",
    "usr/share/vim/vim90/doc",
    "usr/share/vim/vim90/lang",
    "usr/share/vim/vim90/tutor",
    "usr/share/vim/vim90/spell",
    "usr/share/zoneinfo/right",
    "usr/share/zoneinfo/posix",
    "usr/share/pixmaps",
    "usr/share/applications",
    "usr/share/icons",
    "usr/share/bash-completion/completions/*",
];

/// The Dockerfile's folder of the build, in the cache: the clone stays as it is.
pub fn context(places: &Places) -> PathBuf {
    places.in_cache("images")
}

/// A word that changes with whatever the images are made from.
pub fn recipe(places: &Places) -> Result<String> {
    let folder = places.in_clone("images");
    fingerprint::of(&places.root, &[&folder], &[include_str!("layers.rs"), kubectl::CURRENT])
}

/// Makes the build's context: the clone's `images`, and a tar a layer in `layers/`.
pub fn make(places: &Places) -> Result<()> {
    let context = context(places);
    let _ = fs::remove_dir_all(&context);
    fs::create_dir_all(context.join("layers"))?;
    process::run(process::command("cp").arg("-a").arg(places.in_clone("images").join(".")).arg(&context))?;
    let scratch = places.in_cache("apt-scratch");
    let archives = places.in_cache("debs");
    // A machine may never have fetched package lists, or have lists that name what its mirror has no more.
    let owned = match fetch(&archives, &scratch) {
        Ok(owned) => owned,
        Err(_) => {
            apt::update()?;
            fetch(&archives, &scratch)?
        }
    };
    let roots = places.in_cache("image-roots");
    let _ = fs::remove_dir_all(&roots);
    for (layer, packages) in LAYERS.iter().zip(&owned) {
        let inherited: BTreeSet<&Package> = LAYERS
            .iter()
            .zip(&owned)
            .filter(|(other, _)| layer.parents.contains(&other.name))
            .flat_map(|(_, packages)| packages)
            .collect();
        let root = roots.join(layer.name);
        lay_out(&root)?;
        for package in packages.iter().filter(|p| !inherited.contains(p)) {
            apt::unpack(package, &archives, &root, EXCLUDED)?;
        }
        finish(layer.name, &root)?;
        let tar = context.join("layers").join(format!("{}.tar", layer.name));
        let mut command = process::command("tar");
        command.arg("-C").arg(&root).args([
            "--sort=name",
            "--mtime=@0",
            "--numeric-owner",
            "--owner=0",
            "--group=0",
            "-cf",
        ]);
        process::run(command.arg(tar).arg("."))?;
    }
    let _ = fs::remove_dir_all(&roots);
    pause(&context)?;
    let kubectl = kubectl::path(places, kubectl::CURRENT);
    fs::copy(&kubectl, context.join("layers/kubectl")).with_context(|| format!("{} is missing", kubectl.display()))?;
    let completion = process::output(process::command(&kubectl).args(["completion", "bash"]))?;
    fs::write(context.join("layers/kubectl.completion"), completion)?;
    Ok(())
}

/// Resolves the layers' packages, and downloads what `archives` lacks.
fn fetch(archives: &Path, scratch: &Path) -> Result<Vec<Vec<Package>>> {
    let owned = LAYERS.iter().map(|layer| own(layer, scratch)).collect::<Result<Vec<_>>>()?;
    let all: BTreeSet<Package> = owned.iter().flatten().cloned().collect();
    apt::download(&all.into_iter().collect::<Vec<_>>(), archives, scratch)?;
    Ok(owned)
}

/// A layer's packages with all that they need, less what is left out.
fn own(layer: &Layer, scratch: &Path) -> Result<Vec<Package>> {
    let left_out: BTreeSet<&str> = LEFT_OUT.split_whitespace().collect();
    let mut packages = apt::closure(layer.packages, scratch)?;
    packages.retain(|p| layer.packages.contains(&p.name.as_str()) || !left_out.contains(p.name.as_str()));
    Ok(packages)
}

/// Every layer has Debian's merged `/usr`, so that they lie on one another.
fn lay_out(root: &Path) -> Result<()> {
    for name in ["bin", "sbin", "lib", "lib64"] {
        fs::create_dir_all(root.join("usr").join(name))?;
        symlink(format!("usr/{name}"), root.join(name))?;
    }
    Ok(())
}

fn link(to: &str, at: PathBuf) -> Result<()> {
    let _ = fs::remove_file(&at);
    symlink(to, &at).with_context(|| format!("could not link {}", at.display()))
}

/// What the packages' scripts would have done, as far as it is of use here.
fn finish(layer: &str, root: &Path) -> Result<()> {
    let bin = |name: &str| root.join("usr/bin").join(name);
    match layer {
        "busybox" => {
            let applets = process::output(process::command(bin("busybox")).arg("--list"))?;
            for applet in applets.lines().filter(|a| *a != "busybox") {
                link("busybox", bin(applet))?;
            }
            for dir in
                ["etc", "root", "home", "tmp", "var/tmp", "var/log", "run", "proc", "sys", "dev", "mnt", "opt", "srv"]
            {
                fs::create_dir_all(root.join(dir))?;
            }
            link("/run", root.join("var/run"))?;
            for dir in ["tmp", "var/tmp"] {
                fs::set_permissions(root.join(dir), fs::Permissions::from_mode(0o1777))?;
            }
        }
        "libc" => {
            let mut bundle = Vec::new();
            let folder = root.join("usr/share/ca-certificates/mozilla");
            let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|e| e.path()).collect();
            files.sort();
            for file in files {
                bundle.extend(fs::read(file)?);
            }
            fs::create_dir_all(root.join("etc/ssl/certs"))?;
            fs::write(root.join("etc/ssl/certs/ca-certificates.crt"), bundle)?;
        }
        "debian" => {
            link("bash", bin("sh"))?;
            link("mawk", bin("awk"))?;
        }
        "git" => fs::create_dir_all(root.join("git"))?,
        "nginx" => {
            for path in [
                "etc/nginx",
                "var/www",
                "usr/share/nginx",
                "var/log/nginx",
                "etc/default",
                "etc/logrotate.d",
                "etc/ufw",
            ] {
                let _ = fs::remove_dir_all(root.join(path));
            }
            for dir in ["var/log/nginx", "var/cache/nginx", "var/lib/nginx", "docker-entrypoint.d", "run"] {
                fs::create_dir_all(root.join(dir))?;
            }
            link("/dev/stdout", root.join("var/log/nginx/access.log"))?;
            link("/dev/stderr", root.join("var/log/nginx/error.log"))?;
        }
        "python" => {
            let binary = fs::read_dir(root.join("usr/bin"))?
                .flatten()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .find(|name| name.strip_prefix("python3.").is_some_and(|minor| minor.parse::<u8>().is_ok()))
                .context("the package python3 brought no interpreter")?;
            for name in ["python3", "python", "python3.7"] {
                link(&binary, bin(name))?;
            }
        }
        "node" => {
            fs::create_dir_all(root.join("home/ubuntu"))?;
            fs::create_dir_all(root.join("etc/podground"))?;
            for name in ["vi", "vim", "view"] {
                link("vim.basic", bin(name))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The pause program, without a C library: five kilobytes.
fn pause(context: &Path) -> Result<()> {
    if !process::on_path("cc") {
        apt::install(&["gcc", "libc6-dev"], "a C compiler for the pause image")?;
    }
    let mut command = process::command("cc");
    command.args([
        "-Os",
        "-static",
        "-nostdlib",
        "-fno-stack-protector",
        "-fno-asynchronous-unwind-tables",
        "-s",
        "-o",
    ]);
    process::run(command.arg(context.join("layers/pause")).arg(context.join("pause.c")))
}
