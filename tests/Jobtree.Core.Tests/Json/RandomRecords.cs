using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Json;

/// <summary>
/// Makes records of any type with every member set to something, or left at its default: a member that is added to a
/// type is in them by itself.
/// </summary>
internal sealed class RandomRecords(Random random)
{
    private static readonly string[] Texts = ["train", "org:lab:team-1", "", "a\"b\\c", "Zürich", "<&'+`>",
        "日本\U0001F600", "tab\there", "\u007f\u0001", "\ud800", new string('x', 700)];
    private static readonly string[] Names = ["a", "run-7", "team-b", "node-000042"];

    public T Make<T>() => (T)Make(typeof(T))!;

    private object? Make(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return random.Next(2) == 0 ? null : Make(inner);
        if (type == typeof(string))
            return Texts[random.Next(Texts.Length)];
        if (type == typeof(RunKey))
            return new RunKey(Name(), Name());
        if (type == typeof(EnvelopeKey))
            return new EnvelopeKey(Name(), Name());
        if (type == typeof(NodeSlots))
            return new NodeSlots(Name(), random.Next(3) switch { 0 => 1UL << random.Next(64), 1 =>
                (ulong)random.NextInt64(1, long.MaxValue), _ => ulong.MaxValue });
        if (type == typeof(DateTimeOffset))
            return Time();
        if (type == typeof(TimeSpan))
            return TimeSpan.FromTicks(random.Next(3) switch { 0 => 1, 1 => random.NextInt64(TimeSpan.TicksPerDay * 400),
                _ => TimeSpan.TicksPerHour * random.Next(1, 100) });
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(random.Next(Enum.GetValues(type).Length));
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(int))
            return random.Next(1, random.Next(2) == 0 ? 10 : int.MaxValue);
        if (type == typeof(long))
            return random.NextInt64(1, random.Next(2) == 0 ? 10 : long.MaxValue);
        if (type == typeof(double))
            return random.Next(4) switch { 0 => 0d, 1 => random.Next(1000), 2 => random.NextDouble() * 1e-7, _ =>
                random.NextDouble() * 1e18 };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return List(type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return Dictionary(type.GetGenericArguments());
        return Record(type);
    }

    private object Record(Type type)
    {
        var constructor = type.GetConstructors().OrderBy(constructor => constructor.GetParameters().Length).Last();
        var record = constructor.Invoke(
            [.. constructor.GetParameters().Select(
            parameter => Member(parameter.ParameterType, new NullabilityInfoContext().Create(parameter).WriteState))]);
        foreach (var property in type.GetProperties().Where(property => property.CanWrite && constructor.GetParameters()
            .All(parameter => parameter.Name != property.Name)))
        {
            var isRequired = property.IsDefined(typeof(RequiredMemberAttribute));
            if (isRequired || random.Next(3) > 0)
                property.SetValue(record,
                    Member(property.PropertyType, new NullabilityInfoContext().Create(property).WriteState));
        }
        return record;
    }

    private object? Member(Type type, NullabilityState nullability) =>
        nullability == NullabilityState.Nullable && random.Next(2) == 0 ? null : Make(type);

    private Array List(Type element)
    {
        var list = Array.CreateInstance(element, random.Next(4));
        for (var i = 0; i < list.Length; i++)
            list.SetValue(Make(element), i);
        return list;
    }

    private IDictionary Dictionary(Type[] types)
    {
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(types))!;
        for (var i = random.Next(3); i > 0; i--)
            dictionary[Names[i]] = Make(types[1]);
        return dictionary;
    }

    private string Name() => random.Next(8) == 0 ? "ü\"" : Names[random.Next(Names.Length)];

    private DateTimeOffset Time()
    {
        var ticks = random.NextInt64(1, DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerDay);
        var grain = new[] { 1, 10, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond,
            1000 * TimeSpan.TicksPerDay }[random.Next(5)];
        var zone = random.Next(4) == 0 ? TimeSpan.FromMinutes(random.Next(-720, 720)) : TimeSpan.Zero;
        return new DateTimeOffset(Math.Max(ticks - ticks % grain, TimeSpan.TicksPerDay), TimeSpan.Zero).ToOffset(zone);
    }
}
