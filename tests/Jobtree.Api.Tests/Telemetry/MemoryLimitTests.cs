using Jobtree.Telemetry;

namespace Jobtree.Api.Tests.Telemetry;

/// <summary>The limit of control groups, from folders laid out as the kernel lays them out.</summary>
public sealed class MemoryLimitTests : IDisposable
{
    private readonly string mount = Directory.CreateTempSubdirectory("jobtree-groups-").FullName;

    public void Dispose() => Directory.Delete(mount, recursive: true);

    [Fact]
    public void The_smallest_limit_of_a_group_and_its_parents_counts()
    {
        Write("pods/memory.max", "2000000");
        Write("pods/jobtree/memory.max", "max");
        Assert.Equal(2_000_000, MemoryLimit.OfGroups(mount, ["0::/pods/jobtree"]));
        Write("pods/jobtree/memory.max", "1000000");
        Assert.Equal(1_000_000, MemoryLimit.OfGroups(mount, ["0::/pods/jobtree"]));
    }

    [Fact]
    public void A_container_that_sees_only_its_own_group_has_that_limit()
    {
        Write("memory.max", "3000000");
        Assert.Equal(3_000_000, MemoryLimit.OfGroups(mount, ["0::/../kubepods/pod1/c1"]));
        Write("memory/memory.limit_in_bytes", "1500000");
        Assert.Equal(1_500_000, MemoryLimit.OfGroups(mount, ["4:memory:/docker/c1"]));
    }

    [Fact]
    public void Without_a_limit_there_is_none()
    {
        Write("memory.max", "max");
        Write("memory/memory.limit_in_bytes", "9223372036854771712");
        Assert.Null(MemoryLimit.OfGroups(mount, ["0::/", "4:memory:/", "9:name=systemd:/", "nonsense"]));
        Assert.InRange(MemoryLimit.Bytes, 1L << 28, 1L << 50);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(mount, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"{text}\n");
    }
}
