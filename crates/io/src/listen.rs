//! Listening sockets and the options of accepted ones.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use rustix::fd::AsFd;
use socket2::{Domain, Protocol, Socket, Type};

/// Why a listener could not be opened.
#[derive(Debug)]
pub enum ListenError {
    /// The host of a listener has no address.
    Unresolvable {
        host: String,
        reason: io::Error,
    },
    /// The port is taken, most often by another broker.
    Taken {
        address: SocketAddr,
    },
    Io {
        address: SocketAddr,
        reason: io::Error,
    },
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenError::Unresolvable { host, reason } => {
                write!(
                    f,
                    "could not resolve the listener host `{host}`: {reason}; name an address of this machine in `listeners`"
                )
            }
            ListenError::Taken { address } => write!(
                f,
                "port {} of {} is already in use; stop the program that holds it or choose another port in `listeners`",
                address.port(),
                address.ip()
            ),
            ListenError::Io { address, reason } => {
                write!(f, "could not listen on {address}: {reason}")
            }
        }
    }
}

impl std::error::Error for ListenError {}

/// The shortest queue of connections that wait to be accepted. A client whose connection finds the
/// queue full tries again a second later, so the 50 of Kafka's default turn a burst of reconnecting
/// clients into seconds; a longer queue costs nothing until it is needed.
const SHORTEST_BACKLOG: i32 = 1024;

/// Opens the sockets of one listener: one for each address its host has, IPv6 and IPv4 both where
/// no host is given. Port 0 takes one free port for all of them.
///
/// SO_REUSEADDR is set so that a restart does not wait for TIME_WAIT; SO_REUSEPORT is not, because
/// a second broker on the same port must be told so. A receive buffer is that of every connection which
/// is accepted here; it is set before, because it bounds the window that is offered in the handshake.
/// `backlog` is `socket.listen.backlog.size`; a
/// smaller one than [`SHORTEST_BACKLOG`] is raised to it.
///
/// # Errors
/// Names the address and the remedy.
pub fn bind(
    host: Option<&str>,
    port: u16,
    backlog: i32,
    receive_buffer_bytes: Option<usize>,
) -> Result<Vec<TcpListener>, ListenError> {
    let addresses = resolve(host, port)?;
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut lacking = None;
    let mut port = port;
    for mut address in addresses {
        address.set_port(port);
        match open(address, backlog, receive_buffer_bytes) {
            Ok(listener) => {
                if port == 0 {
                    port = listener.local_addr().map(|bound| bound.port()).unwrap_or(0);
                }
                listeners.push(listener);
            }
            // A machine without IPv6 resolves localhost to ::1 all the same; one address is enough.
            Err(error)
                if address.is_ipv6()
                    && matches!(
                        error.kind(),
                        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
                    )
                    || error.raw_os_error() == Some(libc::EAFNOSUPPORT) =>
            {
                lacking = Some(ListenError::Io { address, reason: error });
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err(ListenError::Taken { address });
            }
            Err(reason) => return Err(ListenError::Io { address, reason }),
        }
    }
    match lacking {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

fn resolve(host: Option<&str>, port: u16) -> Result<Vec<SocketAddr>, ListenError> {
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return Ok(vec![
            SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, port)),
            SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, port)),
        ]);
    };
    let unresolvable = |reason| ListenError::Unresolvable { host: host.to_owned(), reason };
    let mut addresses: Vec<SocketAddr> =
        (host, port).to_socket_addrs().map_err(unresolvable)?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.dedup();
    if host == "localhost" && !addresses.iter().any(SocketAddr::is_ipv6) {
        // Clients that try ::1 first must not find a different server there.
        addresses.push(SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)));
    }
    if addresses.is_empty() {
        return Err(unresolvable(io::Error::new(io::ErrorKind::NotFound, "no address")));
    }
    Ok(addresses)
}

fn open(
    address: SocketAddr,
    backlog: i32,
    receive_buffer_bytes: Option<usize>,
) -> io::Result<TcpListener> {
    let domain = if address.is_ipv6() { Domain::IPV6 } else { Domain::IPV4 };
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // The IPv4 half has a socket of its own.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    if let Some(bytes) = receive_buffer_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(&address.into())?;
    socket.listen(backlog.max(SHORTEST_BACKLOG))?;
    Ok(socket.into())
}

/// Sets the options of an accepted connection. Without a size its send buffer is the operating
/// system's, which adapts it.
pub fn tune(socket: &impl AsFd, send_buffer_bytes: Option<usize>) -> io::Result<()> {
    let socket = socket2::SockRef::from(socket);
    if let Some(bytes) = send_buffer_bytes {
        socket.set_send_buffer_size(bytes)?;
    }
    socket.set_tcp_nodelay(true)?;
    socket.set_keepalive(true)?;
    // BBR, the default of many cloud images, paces a loopback connection to half its speed
    // (crates measured 4.6 against 9.9 GB/s). Where cubic is missing the default stays.
    #[cfg(target_os = "linux")]
    if socket.peer_addr()?.as_socket().is_some_and(|peer| peer.ip().is_loopback()) {
        let _ = socket.set_tcp_congestion(b"cubic");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let first = bind(Some("127.0.0.1"), 0, 50, None).unwrap();
        let port = first[0].local_addr().unwrap().port();
        let error = bind(Some("127.0.0.1"), port, 50, None).unwrap_err();
        assert!(error.to_string().contains(&format!("port {port} of 127.0.0.1")), "{error}");
    }

    #[test]
    fn an_address_that_the_machine_lacks_is_named() {
        // Of the range for documentation (RFC 3849).
        let error = bind(Some("2001:db8::5"), 0, 50, None).unwrap_err();
        assert!(error.to_string().contains("[2001:db8::5]:0"), "{error}");
    }

    #[test]
    fn a_listener_without_a_host_takes_one_port_on_both_families() {
        let listeners = bind(None, 0, 50, None).unwrap();
        let ports: Vec<u16> = listeners.iter().map(|l| l.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0]));
    }

    #[test]
    fn accepted_connections_have_the_buffers_that_were_asked_for() {
        let listener = bind(Some("127.0.0.1"), 0, 50, Some(20_000)).unwrap().remove(0);
        listener.set_nonblocking(false).unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        tune(&accepted, Some(30_000)).unwrap();
        let socket = socket2::SockRef::from(&accepted);
        // Linux doubles what it is told, for its own bookkeeping.
        assert!([20_000, 40_000].contains(&socket.recv_buffer_size().unwrap()));
        assert!([30_000, 60_000].contains(&socket.send_buffer_size().unwrap()));
    }
}
