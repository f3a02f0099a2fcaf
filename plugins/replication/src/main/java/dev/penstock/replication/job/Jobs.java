package dev.penstock.replication.job;

import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.ReplicationConfig;
import dev.penstock.replication.config.SnapshotSettings;
import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.schedule.BackOff;
import dev.penstock.replication.schedule.StepQueue;
import dev.penstock.replication.trigger.Timetable;
import dev.penstock.replication.trigger.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a module, and what starts them.
 *
 * <p><b>Lifecycle.</b> {@link #start}; {@link #close}, which interrupts runs and waits for them.
 * <b>Threads.</b> The module's context.
 */
public final class Jobs {
  private static final Logger log = LoggerFactory.getLogger(Jobs.class);

  private final ModuleContext context;
  private final StepDesk desk;
  private final Bandwidth bandwidth;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Timetable> timetables = new LinkedHashMap<>();

  /** Jobs that run on snapshots, and have to: one was taken since they last began. */
  private final Set<String> wanted = ConcurrentHashMap.newKeySet();

  private Optional<Events.Subscription> snapshotsTaken = Optional.empty();
  private long timer = -1;

  public Jobs(ModuleContext context, ReplicationConfig config, Sites sites) {
    this.context = context;
    var queue =
        new StepQueue(config.steps(), name -> config.job(name).map(JobSettings::steps).orElse(1));
    this.desk = new StepDesk(queue, context.clock());
    this.bandwidth = new Bandwidth(config.bandwidth());
    var backOff = new BackOff(() -> ThreadLocalRandom.current().nextDouble());
    var parts = new Job.Parts(context, sites, new Job.JobRunParts(desk, backOff, bandwidth));
    for (JobSettings settings : config.jobs()) jobs.put(settings.name(), new Job(settings, parts));
  }

  public Future<Void> start() {
    return context
        .snapshots()
        .histories()
        .map(histories -> {
          for (Job job : jobs.values()) begin(job, histories);
          snapshotsTaken = Optional.of(context.events().subscribe(this::heard));
          timer = context.vertx().setPeriodic(Timetable.LOOK_EVERY.toMillis(), _ -> look());
          return null;
        });
  }

  private void begin(Job job, Histories histories) {
    Trigger trigger = job.settings().trigger();
    timetables.put(
        job.settings().name(),
        Timetable.starting(
            trigger,
            ZoneId.systemDefault(),
            newest(job.settings(), histories),
            context.clock().instant()));
    // Nobody knows what was taken before, and whether a run of it came to its end.
    if (trigger instanceof Trigger.OnSnapshot) wanted.add(job.settings().name());
  }

  /** Of each volume the newest snapshot that the job took. */
  private static Collection<Optional<Instant>> newest(JobSettings job, Histories histories) {
    Optional<SnapshotSettings> own = job.snapshots();
    if (own.isEmpty()) return List.of();
    List<Optional<Instant>> newest = new ArrayList<>();
    for (VolumeHistory history : histories.volumes())
      if (Snapshotting.takes(job, history))
        newest.add(
            history.snapshots().reversed().stream()
                .filter(info -> own.get().names().isOwn(info.name()))
                .findFirst()
                .map(SnapshotInfo::createdAt));
    return newest;
  }

  private void look() {
    Instant now = context.clock().instant();
    for (Job job : jobs.values()) {
      String name = job.settings().name();
      Timetable timetable = timetables.get(name);
      if (timetable == null) continue;
      Timetable.Answer answer = timetable.ask(now, job.isRunning());
      timetables.put(name, answer.next());
      if (answer.run() && !job.isPaused()) run(job, "schedule");
      runIfWanted(job);
    }
    desk.look();
  }

  private void heard(GatewayEvent event) {
    if (!(event instanceof GatewayEvent.SnapshotCreated taken)) return;
    String volume =
        SnapshotName.parse(taken.subject()).map(SnapshotName::volume).orElse(taken.subject());
    for (Job job : jobs.values()) {
      boolean listens = job.settings().trigger() instanceof Trigger.OnSnapshot;
      if (!listens || !job.settings().means(volume)) continue;
      wanted.add(job.settings().name());
      runIfWanted(job);
    }
  }

  /**
   * A run that is under way, whoever started it, may have planned without the snapshot: another
   * follows, one for however many there were.
   */
  private void runIfWanted(Job job) {
    String name = job.settings().name();
    if (job.isRunning() || job.isPaused() || !wanted.remove(name)) return;
    job.start("snapshot").onFailure(_ -> wanted.add(name));
  }

  private static void run(Job job, String trigger) {
    job.start(trigger)
        .onFailure(why ->
            log.atWarn()
                .addKeyValue("job", job.settings().name())
                .addKeyValue("reason", why.toString())
                .log("job was not started"));
  }

  public Collection<Job> all() {
    return List.copyOf(jobs.values());
  }

  /** {@link GatewayError.NotFound} if there is none. */
  public Job require(String name) {
    Job job = jobs.get(name);
    if (job == null) throw new GatewayError.NotFound("there is no job " + name);
    return job;
  }

  /** When it runs next of itself; empty if nobody knows. */
  public Optional<Instant> due(Job job) {
    return Optional.ofNullable(timetables.get(job.settings().name())).flatMap(Timetable::due);
  }

  /** How often it was due while it ran. */
  public long skipped(Job job) {
    return Optional.ofNullable(timetables.get(job.settings().name()))
        .map(Timetable::skipped)
        .orElse(0L);
  }

  /** Of all jobs together. */
  public Bandwidth bandwidth() {
    return bandwidth;
  }

  /** Completes when no run is under way any more. */
  public Future<Void> close() {
    context.vertx().cancelTimer(timer);
    snapshotsTaken.ifPresent(Events.Subscription::close);
    return Future.join(jobs.values().stream().map(Job::stop).toList()).mapEmpty();
  }
}
