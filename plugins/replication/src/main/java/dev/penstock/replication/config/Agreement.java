package dev.penstock.replication.config;

import dev.penstock.replication.config.ReplicationConfig.Marks;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Whether peers, jobs and listeners fit together. */
record Agreement(ReplicationConfig config, Marks marks, Problems problems) {
  /**
   * Where copies are made.
   *
   * @param owner who alone may make them there
   * @param called what messages call the place
   */
  private record Root(String prefix, String owner, String called, Mark at) {}

  void check() {
    checkCounts();
    checkPeers();
    for (JobSettings job : config.jobs())
      job.role().peerName().ifPresent(peer -> checkPeerOf(job, peer));
    for (ListenSettings listen : config.listen())
      listen
          .peer()
          .filter(peer -> config.peer(peer).isEmpty())
          .ifPresent(peer ->
              problems.add(
                  marks.module().at("listen"),
                  "%s: listen: %s is for %s"
                      .formatted(marks.module().name(), listen.address(), unknown(peer))));
    checkRoots();
    checkAnchors();
  }

  private void checkCounts() {
    checkCount("peers", config.peers().size(), Limits.PEERS_MAX);
    checkCount("jobs", config.jobs().size(), Limits.JOBS_MAX);
  }

  private void checkCount(String key, int count, int most) {
    if (count > most)
      problems.add(
          marks.module().at(key),
          "%s: %d %s; the most is %d".formatted(marks.module().name(), count, key, most));
  }

  private void checkPeers() {
    Map<String, String> byCertificate = new HashMap<>();
    for (PeerSettings peer : config.peers()) {
      String other = byCertificate.putIfAbsent(peer.certificate(), peer.name());
      if (other != null)
        problems.add(
            at(peer),
            "peer %s has the certificate of peer %s: one name is one peer"
                .formatted(peer.name(), other));
      if (peer.address().orElse(null) instanceof PeerAddress.Https && !marks.module().has("tls"))
        problems.add(
            at(peer),
            "peer %s is reached by https, and the module has no tls block to show itself with"
                .formatted(peer.name()));
    }
  }

  private void checkPeerOf(JobSettings job, String name) {
    Optional<PeerSettings> peer = config.peer(name);
    if (peer.isEmpty())
      problems.add(at(job), "job %s is with %s".formatted(job.name(), unknown(name)));
    else if (peer.get().address().isEmpty())
      problems.add(
          at(job),
          "job %s is with peer %s, which has neither at nor command: nobody knows where it is"
              .formatted(job.name(), name));
  }

  private String unknown(String peer) {
    return "peer %s, and there is no such peer%s"
        .formatted(
            peer,
            Nearest.to(peer, marks.peers().keySet())
                .map(near -> "; did you mean " + near + "?")
                .orElse(""));
  }

  /** One volume's copies from two places would destroy each other. */
  private void checkRoots() {
    List<Root> roots = roots();
    for (int i = 0; i < roots.size(); i++)
      for (int j = 0; j < i; j++) checkApart(roots.get(j), roots.get(i));
  }

  private List<Root> roots() {
    List<Root> roots = new ArrayList<>();
    for (PeerSettings peer : config.peers())
      peer.push()
          .ifPresent(push ->
              roots.add(
                  new Root(
                      push.root().below(),
                      "peer " + peer.name(),
                      "what peer %s sends".formatted(peer.name()),
                      at(peer))));
    for (JobSettings job : config.jobs())
      job.role()
          .copiesBelow()
          .ifPresent(below -> roots.add(new Root(below, owner(job), "job " + job.name(), at(job))));
    return roots;
  }

  /** Two jobs with one peer may share a place, each with volumes of its own. */
  private static String owner(JobSettings job) {
    return switch (job.role()) {
      case Role.Pull(String peer, var _) -> "peer " + peer;
      case Role.Local(Role.Root root) -> "store " + root.store();
      case Role.Push _, Role.SnapshotsOnly _ -> job.name();
    };
  }

  private void checkApart(Root one, Root other) {
    boolean apart = !one.prefix.startsWith(other.prefix) && !other.prefix.startsWith(one.prefix);
    boolean shared = one.owner.equals(other.owner) && one.prefix.equals(other.prefix);
    if (apart || shared || one.prefix.isEmpty() || other.prefix.isEmpty()) return;
    problems.add(
        other.at,
        "%s would be below \"%s\", and %s is below \"%s\": their volumes could have one name; give them different prefixes"
            .formatted(other.called, other.prefix, one.called, one.prefix));
  }

  /** Two jobs under one anchor would let go of each other's. */
  private void checkAnchors() {
    Map<String, String> jobs = new HashMap<>();
    for (JobSettings job : config.jobs()) {
      String other = jobs.putIfAbsent(job.anchor(), job.name());
      if (other != null)
        problems.add(
            at(job),
            "job %s has the anchor \"%s\" of job %s: each needs one of its own"
                .formatted(job.name(), job.anchor(), other));
    }
  }

  private Mark at(PeerSettings peer) {
    return Objects.requireNonNull(marks.peers().get(peer.name()));
  }

  private Mark at(JobSettings job) {
    return Objects.requireNonNull(marks.jobs().get(job.name()));
  }
}
