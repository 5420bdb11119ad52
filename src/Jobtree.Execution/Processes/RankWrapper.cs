using System.Diagnostics;
using System.Globalization;
using Jobtree.Execution.Processes.Users;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The small shell program around each rank. It outlives this host, to capture and cap the output and record the exit
/// code while the host is down. The command is passed as arguments and executed unchanged; no shell parses it.
/// </summary>
internal sealed class RankWrapper
{
    // 0. What runs before the shell leaves a mark on all that follows: see ProcessMarks.
    // 1. The wrapper waits for "go" on its input. If the host dies first, the input ends and nothing has run.
    // 2. Two "keep" processes copy the command's output to the files; only they are under the file size limit. The
    //    files exist; a link or a pipe that a workload of the same user put in their place is neither followed nor
    //    waited for, and the output is then dropped.
    // 3. When the command has ended, its exit code is written. The rest of its process group gets SIGTERM, and SIGKILL
    //    if it still holds the output open 2 seconds later. The wrapper itself ends by the same SIGKILL to the group.
    //    That is free of races: the group's id cannot be reused while the wrapper is in the group.
    // The wrapper ignores the signals that end groups; the command has their default handling.
    // No program of the wrapper has a variable of the run under its name: a loader of programs or a shell would obey
    // some of them (LD_PRELOAD, ENV), outside the control group and with privileges. The last shell, which nothing
    // follows but the command, gives them their names.
    private const string Script = """
        IFS= read -r _jobtree_go || exit 1
        [ "$_jobtree_go" = go ] || exit 1
        exec </dev/null >/dev/null 2>&1
        trap '' TERM INT HUP QUIT
        umask 077
        _jobtree_blocks=$1 _jobtree_out=$2 _jobtree_err=$3 _jobtree_exit=$4 _jobtree_dd=$5 _jobtree_sleep=$6
        _jobtree_setpriv=$7 _jobtree_sh=$8 _jobtree_restore=$9
        shift 9
        append() {
            exec "$_jobtree_dd" of="$1" bs=65536 oflag=append,nofollow,nonblock conv=notrunc,nocreat 2>/dev/null
        }
        keep() {
            ( ulimit -f "$_jobtree_blocks"; trap '' XFSZ; append "$1" ) || {
                printf '\n[jobtree: output beyond %s bytes was dropped]\n' "$((_jobtree_blocks * 512))" |
                    ( append "$1" )
                "$_jobtree_dd" of=/dev/null bs=65536
            }
        }
        run() {
            exec 2>&3 3>&-
            trap : TERM INT HUP QUIT
            "$_jobtree_setpriv" --no-new-privs --inh-caps=-all -- \
                "$_jobtree_sh" -c "$_jobtree_restore" jobtree-rank "$@"
            printf '%s\n' "$?" | ( append "$_jobtree_exit" )
            exec >/dev/null 2>&1
            kill -TERM 0
            ( "$_jobtree_sleep" 2; kill -KILL 0 ) &
        }
        { exec 3>&1; run "$@" | { exec 3>&-; keep "$_jobtree_out"; }; } | keep "$_jobtree_err"
        kill -KILL 0
        """;

    // Its arguments are the names, "--" and the command. No shell parses the values. A shell may hold a few variables
    // as its own, such as bash UID, and says so when it leaves one as it is; the command runs none the less.
    private const string Restore = """
        while [ "$1" != -- ]; do
            eval "command export \"$1=\$_JOBTREE_ENV_$1\""
            unset "_JOBTREE_ENV_$1"
            shift
        done
        shift
        exec "$@"
        """;

    private const string Prefix = "_JOBTREE_ENV_";
    private const int BlockBytes = 512;

    private readonly string setsid = Programs.FindSystem("setsid");
    private readonly string shell = Programs.FindSystem("sh");
    private readonly string setpriv = Programs.FindSystem("setpriv");
    private readonly string prlimit = Programs.FindSystem("prlimit");
    private readonly string dd = Programs.FindSystem("dd");
    private readonly string sleep = Programs.FindSystem("sleep");
    private readonly long blocks;

    /// <summary>Finds the required programs.</summary>
    /// <param name="outputBytesMax">Bytes retained of each output file.</param>
    /// <exception cref="PlatformNotSupportedException">A program is missing.</exception>
    public RankWrapper(long outputBytesMax) => blocks = (outputBytesMax + BlockBytes - 1) / BlockBytes;

    /// <summary>Starts a wrapper in its own session; it waits for the go-ahead.</summary>
    /// <param name="folder">The attempt.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="env">Its whole environment.</param>
    /// <param name="mark">The mark of the attempt's processes; null: none can be set.</param>
    /// <param name="user">Who runs it; null: the user of this host.</param>
    /// <param name="isAgain">Whether the rank ran before; its output is then continued.</param>
    public Process Start(AttemptFolder folder, int rank, IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> env, ulong? mark = null, HostUser? user = null, bool isAgain = false)
    {
        var (output, errors) = (folder.OutputPath(rank, "out"), folder.OutputPath(rank, "err"));
        foreach (var file in isAgain ? [] : new[] { output, errors, folder.ExitPath(rank) })
        {
            // Output that is there is of the same attempt on other GPUs, and goes on.
            OwnerOnly.Mark(file);
            WorkloadUsers.Give(file, user);
        }
        string[] marked = mark is null ? []
            : [prlimit, string.Create(CultureInfo.InvariantCulture, $"--locks={mark}:{mark}")];
        string[] first = [.. marked, setsid, shell, "-c", Script, "jobtree-rank",
            blocks.ToString(CultureInfo.InvariantCulture), output, errors, folder.ExitPath(rank), dd, sleep, setpriv,
            shell, Restore];
        // Shorter names first: a variable may be called like the prefix and another one's name.
        var names = env.Keys.OrderBy(name => name.Length);
        var start = new ProcessStartInfo(first[0], [.. first.Skip(1), .. names, "--", .. command])
        {
            WorkingDirectory = folder.WorkPath,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            UserName = user?.Name ?? "",
        };
        start.Environment.Clear();
        foreach (var (name, value) in env)
            start.Environment[Prefix + name] = value;
        // What is left of an attempt is also found by this one.
        start.Environment[RankEnvironment.WorkMark] = folder.WorkPath;
        var process = Process.Start(start) ?? throw new InvalidOperationException("The system started no process.");
        // What a program of the wrapper might complain about does not belong into the log of this host.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        return process;
    }

    /// <summary>Lets a waiting wrapper run its command.</summary>
    /// <param name="process">The wrapper.</param>
    public static void Release(Process process)
    {
        try
        {
            process.StandardInput.Write("go\n");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The wrapper was killed while it waited; its end is detected like that of any rank.
        }
    }

    /// <summary>Makes a waiting wrapper end without running anything.</summary>
    /// <param name="process">The wrapper.</param>
    public static void Dismiss(Process process)
    {
        process.StandardInput.Close();
        process.Dispose();
    }
}
