use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A way to a server on loopback that can stand still or break. Nobody at its ends is told when it stands still.
pub struct Stall {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stalled: bool,
    ended: bool,
    connections: Vec<[TcpStream; 2]>,
}

impl Stall {
    /// Forwards to this port until it is dropped.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if of_thread.lock().ended {
                    return;
                }
                // Without a server, the client finds its connection closed.
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                    let _ = of_thread.join(client, server);
                }
            }
        });
        Self { address, shared }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on nothing comes through, and nothing is lost.
    pub fn stall(&self) {
        self.shared.lock().stalled = true;
    }

    /// What was held up comes through.
    pub fn flow(&self) {
        self.shared.lock().stalled = false;
        self.shared.changed.notify_all();
    }

    /// Closes every connection; what is under way is lost.
    pub fn cut(&self) {
        for end in self.shared.lock().connections.drain(..).flatten() {
            // Closed already by one of its ends.
            let _ = end.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Stall {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.flow();
        self.cut();
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let ways = [(client.try_clone()?, server.try_clone()?), (server.try_clone()?, client.try_clone()?)];
        self.lock().connections.push([client, server]);
        for (from, to) in ways {
            let shared = Arc::clone(self);
            std::thread::spawn(move || shared.forward(from, to));
        }
        Ok(())
    }

    fn forward(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read) = from.read(&mut buffer)
            && read > 0
        {
            let mut state = self.lock();
            while state.stalled {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        for end in [from, to] {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use super::Stall;

    #[test]
    fn bytes_wait_and_connections_break() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stall = Stall::before(listener.local_addr().unwrap().port());
        let mut client = TcpStream::connect(("127.0.0.1", stall.port())).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let mut buffer = [0; 8];
        client.write_all(b"one").unwrap();
        server.read_exact(&mut buffer[..3]).unwrap();
        stall.stall();
        client.write_all(b"two").unwrap();
        server.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        assert!(server.read(&mut buffer).is_err(), "it waits");
        server.set_read_timeout(None).unwrap();
        stall.flow();
        server.read_exact(&mut buffer[..3]).unwrap();
        assert_eq!(&buffer[..3], b"two");
        stall.cut();
        assert_eq!(server.read(&mut buffer).unwrap_or_default(), 0);
        assert_eq!(client.read(&mut buffer).unwrap_or_default(), 0);
    }
}
