using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Decodes what a run executes. The older Jobtree put the roles beside the other sections of a run's spec; they load
/// from there too.
/// </summary>
internal static class WorkloadReader
{
    private const int RolesMax = 64;
    private const int EntriesMax = 256;
    private const int RetriesMax = 1_000;
    private const string Policy = "failurePolicy";

    private static readonly Form<int> Pods = Forms.Gpus;
    private static readonly Form<int> GpusPerPod = Forms.Whole(1, Node.GpusMax);
    private static readonly Form<int> Spares = Forms.Whole(0, Node.GpusMax);
    private static readonly Form<int> Retries = Forms.Whole(1, RetriesMax);
    private static readonly Form<PodFailurePolicy> OnFailure = Forms.OneOf(Vocabulary.PodFailures);

    /// <summary>Reads a workload; its roles are left to <see cref="WithRoles"/>.</summary>
    public static Workload Read(FieldReader section)
    {
        var roles = ReadRoles(section);
        var workload = ReadWork(section);
        section.Check(roles.Count == 0 || (workload.Image is null && workload.Command.Count == 0
            && workload is { Env: null, Secrets: null }), "roles",
            "have an image, a command and an environment of their own; give those, or roles");
        return roles.Count == 0 ? workload : workload with { Roles = [.. roles.Select(role => role.Role)] };
    }

    /// <summary>Adds the roles that are beside the workload, and checks all roles against the run's width.</summary>
    public static RunSpec WithRoles(FieldReader section, RunSpec spec)
    {
        var beside = section.Has("roles");
        if (beside)
        {
            section.Check(spec.Workload is null, "workload", "cannot be given together with roles; give one of them");
            spec = WithOlderRoles(section, spec, ReadRoles(section));
        }
        if (spec.Workload?.Roles is not { } roles)
            return spec;
        var gpus = roles.Sum(role => role.Gpus());
        section.Check(gpus == spec.Resources.TotalGPUs, beside ? "roles" : "workload.roles", string.Create(
            CultureInfo.InvariantCulture, $"must use resources.totalGPUs, {spec.Resources.TotalGPUs} GPUs; "
            + $"width times gpusPerPod makes {gpus} in all"));
        return spec;
    }

    /// <summary>A single role of the older Jobtree may state the placement group and the spares of its run.</summary>
    private static RunSpec WithOlderRoles(
        FieldReader section, RunSpec spec, IReadOnlyList<(WorkloadRole Role, int? GroupGPUs, int? Spares)> roles)
    {
        section.Check(roles.Count == 1 || roles.All(role => role is { GroupGPUs: null, Spares: null }), "roles",
            "groupGPUs and spares are for a run with one role; use locality.groupGPUs and sparesPerGroup");
        if (roles.Count == 0)
            return spec;
        var (_, group, spares) = roles[0];
        return spec with
        {
            Workload = new Workload { Roles = [.. roles.Select(role => role.Role)] },
            Locality = group is null ? spec.Locality : (spec.Locality ?? new Locality()) with { GroupGPUs = group },
            SparesPerGroup = spares ?? spec.SparesPerGroup,
        };
    }

    private static IReadOnlyList<(WorkloadRole Role, int? GroupGPUs, int? Spares)> ReadRoles(FieldReader section)
    {
        var roles = section.Sections("roles", RolesMax, ReadRole);
        if (!section.IsSound)
            return roles;
        var names = new HashSet<string>();
        for (var i = 0; i < roles.Count; i++)
        {
            if (!names.Add(roles[i].Role.Name))
                section.FailItem("roles", i, "name", "is the name of another role too; each needs its own");
        }
        return roles;
    }

    private static (WorkloadRole Role, int? GroupGPUs, int? Spares) ReadRole(FieldReader item)
    {
        var role = new WorkloadRole
        {
            Name = item.Required("name", Forms.Namespace),
            Width = item.Required("width", Pods),
            GpusPerPod = item.Required("gpusPerPod", GpusPerPod),
            FailurePolicy = item.Or(Policy, OnFailure, PodFailurePolicy.Fail),
            Retries = item.Or("retries", Retries, 0),
            BackOff = item.OptionalValue("backoff", Forms.Duration),
        };
        var work = ReadWork(item);
        var template = item.OptionalSection("template", ReadTemplate);
        item.Check(template is null || work is { Image: null, Command.Count: 0, Env: null, Secrets: null }, "template",
            "cannot be given together with image, command or env; give one of them");
        item.Check(role.FailurePolicy != PodFailurePolicy.Retry || role.Retries > 0, Policy,
            $"needs retries when it is Retry: {Retries.Allowed}");
        item.Check(role.FailurePolicy == PodFailurePolicy.Retry || role is { Retries: 0, BackOff: null },
            role.Retries > 0 ? "retries" : "backoff", "is for failurePolicy Retry");
        work = template ?? work;
        return (role with { Image = work.Image, Command = work.Command, Env = work.Env, Secrets = work.Secrets },
            item.Has("groupGPUs") ? item.OptionalValue("groupGPUs", Forms.Gpus) : null,
            item.Has("spares") ? item.OptionalValue("spares", Spares) : null);
    }

    private static Workload ReadWork(FieldReader section)
    {
        var image = section.Optional("image", Forms.Image);
        var command = section.List("command", EntriesMax, Forms.Program, Forms.Free);
        var (env, secrets) = section.OptionalMap(
            "env", EntriesMax, Forms.Variable, Forms.Free, static entry => entry.Section("valueFrom", ReadSource));
        return new Workload { Image = image, Command = command, Env = env, Secrets = secrets };
    }

    /// <summary>Where a variable takes its value from.</summary>
    private static SecretReference ReadSource(FieldReader source)
    {
        var reference = new SecretReference
        {
            Secret = source.Optional("secret", Forms.SecretName),
            File = source.Optional("file", Forms.SecretFile),
        };
        source.Check(reference.Secret is not null || reference.File is not null, "secret", "or file is required");
        source.Check(reference.Secret is null || reference.File is null, "file",
            "cannot be given together with secret; give one of them");
        return reference;
    }

    /// <summary>
    /// A pod template: a container's fields themselves, or a template as in Kubernetes. Of the latter only the
    /// container named workload counts, else the first, with its image, command, arguments and plain variables.
    /// </summary>
    private static Workload ReadTemplate(FieldReader section)
    {
        if (!section.Has("spec"))
            return ReadWork(section);
        section.IgnoreOthers();
        return section.Section("spec", ReadPod);
    }

    private static Workload ReadPod(FieldReader pod)
    {
        pod.IgnoreOthers();
        var containers = pod.Sections("containers", RolesMax, ReadContainer);
        pod.Check(containers.Count > 0, "containers", "must hold at least 1 item");
        if (containers.Count == 0)
            return new Workload();
        var target = containers.FirstOrDefault(container => container.Name == "workload");
        return (target.Work is null ? containers[0] : target).Work;
    }

    private static (string? Name, Workload Work) ReadContainer(FieldReader container)
    {
        container.IgnoreOthers();
        Dictionary<string, string> env = [];
        foreach (var (name, value) in container.Sections("env", EntriesMax, ReadVariable))
        {
            if (value is not null)
                env[name] = value;
        }
        return (container.Optional("name", Forms.Anything), new Workload
        {
            Image = container.Optional("image", Forms.Image),
            Command =
            [
                .. container.List("command", EntriesMax, Forms.Program, Forms.Free),
                .. container.List("args", EntriesMax, Forms.Free),
            ],
            Env = env.Count == 0 ? null : env,
        });
    }

    /// <summary>A variable; one that takes its value from elsewhere in a cluster has none here.</summary>
    private static (string Name, string? Value) ReadVariable(FieldReader variable)
    {
        variable.IgnoreOthers();
        return (variable.Required("name", Forms.Variable), variable.Optional("value", Forms.Free));
    }
}
