package dev.penstock.replication.job;

import dev.penstock.replication.config.Compression;
import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.config.Role;
import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.migrate.HandoffDesk;
import dev.penstock.replication.migrate.OfferedReceiver;
import dev.penstock.replication.migrate.OfferedTo;
import dev.penstock.replication.peer.PeerClient;
import dev.penstock.replication.peer.PeerDesk;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.RemoteReceiver;
import dev.penstock.replication.peer.RemoteSender;
import dev.penstock.replication.plan.Policies.Diverged;
import dev.penstock.replication.site.LocalReceiver;
import dev.penstock.replication.site.LocalReceiver.Place;
import dev.penstock.replication.site.LocalSender;
import dev.penstock.replication.site.LocalSender.Admission;
import dev.penstock.replication.site.LocalSender.Terms;
import dev.penstock.replication.site.PeerJobs;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.Snapshots.Receivable;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.volume.VolumePatterns;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Finds who sends and who receives: for jobs of this gateway, and for peers that come in. */
public final class Sites {
  /**
   * What was begun and never answered for is kept as long as a holiday: then the receiver's part of
   * it is not worth the space here any more.
   */
  private static final Duration LEASE_EXPIRY = Duration.ofDays(7);

  private final ModuleContext context;
  private final Function<String, PeerLink> links;
  private final HandoffDesk handoffs;
  private final Map<String, PeerJobs> peerJobs = new ConcurrentHashMap<>();

  /**
   * @param links by the peer's name
   * @param handoffs answers what peers say of who owns a volume
   */
  public Sites(ModuleContext context, Function<String, PeerLink> links, HandoffDesk handoffs) {
    this.context = context;
    this.links = links;
    this.handoffs = handoffs;
  }

  /** Both ends, and how to ask whether the one that is elsewhere is there. */
  record Found(Ends ends, JobRun.PeerCheck check) {}

  /** Asks the peer first; throws what it fails with. Waits. */
  Found of(JobSettings job) throws InterruptedException {
    SiteLimits limits = limits(job.limits());
    return switch (job.role()) {
      case Role.Push(String peer) -> {
        PeerClient client = client(peer, job);
        PeerClient.Hello hello = client.hello();
        if (!hello.mayPush())
          throw new GatewayError.Denied(
              "peer %s takes no volumes from %s: give it push there".formatted(peer, hello.us()));
        yield new Found(
            new Ends(
                sender(job, compression(job, hello.compressions()), limits),
                new RemoteReceiver(client, limits)),
            client::hello);
      }
      case Role.Pull(String peer, Role.Root root) -> {
        PeerClient client = client(peer, job);
        PeerClient.Hello hello = client.hello();
        if (!hello.mayPull())
          throw new GatewayError.Denied(
              "peer %s gives no volumes to %s: give it pull there".formatted(peer, hello.us()));
        String tag = PeerJobs.anchor(hello.us(), job.anchor());
        yield new Found(
            new Ends(
                new RemoteSender(
                    client, tag, compression(job, hello.compressions()), limits.asking()),
                receiver(job, root, limits)),
            client::hello);
      }
      case Role.Local(Role.Root root) ->
          new Found(
              new Ends(sender(job, Optional.empty(), limits), receiver(job, root, limits)),
              () -> {});
      case Role.SnapshotsOnly() ->
          throw new IllegalStateException("job %s sends nothing".formatted(job.name()));
    };
  }

  private PeerClient client(String peer, JobSettings job) {
    return links.apply(peer).client(job.anchor(), job.limits().planning());
  }

  private static SiteLimits limits(PhaseLimits limits) {
    return new SiteLimits(limits.planning(), limits.transfer(), limits.finishing());
  }

  /** What the leases of a job's plans are taken for. */
  static String purpose(JobSettings job) {
    return "job " + job.anchor();
  }

  private Sender sender(
      JobSettings job, Optional<RecordCompression> compression, SiteLimits limits) {
    var terms =
        new Terms(
            job.volumes(),
            purpose(job),
            true,
            LEASE_EXPIRY,
            Snapshots.ANCHOR_PREFIX + job.anchor(),
            compression,
            Admission.ALWAYS);
    return new LocalSender(context.snapshots(), terms, limits);
  }

  /** The job is the receiver's own: what it says about divergence is its consent. */
  private Receiver receiver(JobSettings job, Role.Root root, SiteLimits limits) {
    boolean mayRollBack = job.policies().diverged() != Diverged.FAIL;
    return receiver(
        new Place(root.below(), root.home(), root.store(), job.volumes(), mayRollBack),
        limits,
        Optional.empty());
  }

  private Receiver receiver(Place place, SiteLimits limits, Optional<Receivable> condition) {
    return new LocalReceiver(
        context.snapshots(),
        context.retention(),
        place,
        context.compressions(),
        limits,
        context.clock(),
        condition);
  }

  private Optional<RecordCompression> compression(JobSettings job, Set<Integer> known) {
    return job.compression() == Compression.NONE
        ? Optional.empty()
        : context.compressions().stream().filter(one -> known.contains(one.id())).findFirst();
  }

  /** What a peer may do that has come in. */
  public PeerDesk.Guest guest(PeerSettings peer) {
    return new Guest(peer, peerJobs.computeIfAbsent(peer.name(), _ -> jobs(peer)));
  }

  private PeerJobs jobs(PeerSettings peer) {
    return new PeerJobs(
        context.snapshots(),
        context.clock(),
        new PeerJobs.Kept(peer.name(), peer.jobsMax(), LEASE_EXPIRY),
        PhaseLimits.DEFAULTS.planning());
  }

  private final class Guest implements PeerDesk.Guest {
    private final PeerSettings peer;
    private final PeerJobs jobs;
    private final SiteLimits limits = limits(PhaseLimits.DEFAULTS);

    Guest(PeerSettings peer, PeerJobs jobs) {
      this.peer = peer;
      this.jobs = jobs;
    }

    @Override
    public String name() {
      return peer.name();
    }

    @Override
    public Sender sender(String job, Optional<Integer> compression) {
      VolumePatterns volumes =
          peer.pull()
              .orElseThrow(() ->
                  new GatewayError.Denied(
                      "peer %s may fetch nothing here: it has no pull".formatted(peer.name())));
      List<RecordCompression> known = context.compressions();
      var terms =
          new Terms(
              volumes,
              "peer %s job %s".formatted(peer.name(), job),
              false,
              LEASE_EXPIRY,
              PeerJobs.anchor(peer.name(), job),
              compression.flatMap(id -> known.stream().filter(one -> one.id() == id).findFirst()),
              () -> jobs.require(job));
      return new LocalSender(context.snapshots(), terms, limits);
    }

    @Override
    public Receiver receiver(String job) {
      PeerSettings.Push push =
          peer.push()
              .orElseThrow(() ->
                  new GatewayError.Denied(
                      "peer %s may send nothing here: it has no push".formatted(peer.name())));
      return Sites.this.receiver(
          new Place(
              push.root().below(),
              push.root().home(),
              push.root().store(),
              push.volumes(),
              push.mayRollBack()),
          limits,
          Optional.empty());
    }

    @Override
    public Receiver migration(Optional<Epoch> offer) {
      Place place = place(migrate());
      Receivable condition = OfferedReceiver.of(peer.name(), offer);
      return new OfferedReceiver(
          Sites.this.receiver(place, limits, Optional.of(condition)),
          context.handoffs(),
          condition,
          place::received);
    }

    private PeerSettings.Migrate migrate() {
      return peer.migrate()
          .orElseThrow(() ->
              new GatewayError.Denied(
                  "peer %s may hand nothing over to here: it has no migrate"
                      .formatted(peer.name())));
    }

    private static Place place(PeerSettings.Migrate migrate) {
      return new Place(
          migrate.below(), Optional.empty(), migrate.store(), migrate.volumes(), false);
    }

    @Override
    public Answer say(String volume, Message message) throws InterruptedException {
      return switch (message) {
        case Message.Offer _, Message.Last _, Message.Commit _, Message.Abort _ -> {
          PeerSettings.Migrate migrate = migrate();
          yield handoffs.answer(
              place(migrate).received(volume), migrate.store(), message, peer.name());
        }
        case Message.Ask _ -> handoffs.answer(volume, "", message, peer.name());
        case Message.Claim _ -> {
          new OfferedTo(context.state()).require(volume, peer.name());
          yield handoffs.answer(volume, "", message, peer.name());
        }
      };
    }

    @Override
    public boolean mayMigrate() {
      return peer.migrate().isPresent();
    }

    @Override
    public int streamsMax() {
      return peer.streamsMax();
    }

    @Override
    public String handedOver(String volume) {
      return peer.migrate()
          .flatMap(migrate -> migrate.inside(volume))
          .orElseThrow(() ->
              new GatewayError.Denied(
                  "peer %s may not hand over volume %s to here: its migrate does not mean it"
                      .formatted(peer.name(), volume)));
    }

    @Override
    public boolean maySend() {
      return peer.push().isPresent();
    }

    @Override
    public boolean mayFetch() {
      return peer.pull().isPresent();
    }
  }
}
