package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of a replication module. Made from valid settings only, so nothing later has to
 * check them again.
 *
 * @param listen where peers come in; nowhere if empty
 * @param tls for the listeners and peers that speak it
 * @param peers in the order of the file
 * @param steps how many steps of all jobs are taken at once
 * @param bandwidth bytes a second of all jobs; 0 for no limit
 * @param jobs in the order of the file
 * @param forward how clients are led on to what was handed over
 */
public record ReplicationConfig(
    List<ListenSettings> listen,
    Optional<TlsSettings> tls,
    List<PeerSettings> peers,
    int steps,
    long bandwidth,
    List<JobSettings> jobs,
    ForwardSettings forward) {

  private static final int STEPS = 4;

  public ReplicationConfig {
    listen = List.copyOf(listen);
    peers = List.copyOf(peers);
    jobs = List.copyOf(jobs);
  }

  /** Reads the block of a module. Every problem goes to {@code problems}, with file and line. */
  public static ReplicationConfig read(Block block, Problems problems) {
    var reader = new Reader(block, problems);
    Optional<TlsSettings> tls =
        block.has("tls")
            ? TlsSettings.read(block.block("tls", problems), problems)
            : Optional.empty();
    List<Block.Named> peerBlocks = block.namedBlocks("peers", problems);
    List<Block.Named> jobBlocks = block.namedBlocks("jobs", problems);
    var config =
        new ReplicationConfig(
            ListenSettings.readAll(block, problems),
            tls,
            peerBlocks.stream().map(named -> PeerSettings.read(named, problems)).toList(),
            reader.count("steps", STEPS, Limits.STEPS_MAX),
            reader.bandwidth("bandwidth"),
            jobBlocks.stream().map(named -> JobSettings.read(named, problems)).toList(),
            ForwardSettings.read(block.block("forward", problems), problems));
    block.refuseOtherKeys(problems);
    var marks = new Marks(block, marks(peerBlocks), marks(jobBlocks));
    new Agreement(config, marks, problems).check();
    return config;
  }

  /** Where peers and jobs stand in the file. */
  record Marks(Block module, Map<String, Mark> peers, Map<String, Mark> jobs) {}

  private static Map<String, Mark> marks(List<Block.Named> named) {
    Map<String, Mark> marks = new HashMap<>();
    for (Block.Named one : named) marks.put(one.name(), one.at());
    return marks;
  }

  public Optional<PeerSettings> peer(String name) {
    return peers.stream().filter(peer -> peer.name().equals(name)).findFirst();
  }

  public Optional<JobSettings> job(String name) {
    return jobs.stream().filter(job -> job.name().equals(name)).findFirst();
  }

  /** The peers that a certificate may be of, by the name in it. */
  public Map<String, PeerSettings> peersByCertificate() {
    Map<String, PeerSettings> found = new HashMap<>();
    for (PeerSettings peer : peers) found.put(peer.certificate(), peer);
    return found;
  }
}
