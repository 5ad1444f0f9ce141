import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  type ServiceDescriptorProto,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { DESCRIPTORS_PATH } from './descriptors-path';
import { Task } from './index';

const protoDirectory = join(__dirname, '..', '..', '..', '..', 'proto');

const localName = (name: string) => name.replace(/^\.(tasker\.v1|google\.protobuf)\./, '');

function typeOf(field: FieldDescriptorProto): string {
  return field.typeName === '' ? (Type[field.type] ?? '').toLowerCase() : localName(field.typeName);
}

function describeField(field: FieldDescriptorProto, maps: ReadonlyMap<string, DescriptorProto>): string {
  const map = maps.get(field.typeName.split('.').at(-1) ?? '');
  if (map !== undefined) return `map<${map.field.map(typeOf).join(', ')}>`;
  const prefix = field.proto3Optional ? 'optional ' : field.label === Label.REPEATED ? 'repeated ' : '';
  return prefix + typeOf(field);
}

function describeMessage(message: DescriptorProto, parent = ''): string[] {
  const name = parent + message.name;
  const maps = new Map(message.nestedType.filter(({ options }) => options?.mapEntry).map((one) => [one.name, one]));
  return [
    ...message.field.map((field) => `${name}.${field.name} = ${field.number}: ${describeField(field, maps)}`),
    ...message.enumType.flatMap((one) => describeEnum(one, `${name}.`)),
  ];
}

function describeEnum(one: EnumDescriptorProto, parent = ''): string[] {
  return one.value.map(({ name, number }) => `${parent}${one.name}.${name} = ${number}`);
}

function describeService({ name, method }: ServiceDescriptorProto): string[] {
  return method.map(
    (one) =>
      `${name}.${one.name}(${localName(one.inputType)}) -> ${one.serverStreaming ? 'stream ' : ''}${localName(one.outputType)}`,
  );
}

test('services, messages and enums have the names, numbers and types of the contract, and no others', () => {
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(DESCRIPTORS_PATH));
  const described = file
    .filter((one) => one.package === 'tasker.v1')
    .flatMap((one) => [
      ...one.service.flatMap(describeService),
      ...one.messageType.flatMap((message) => describeMessage(message)),
      ...one.enumType.flatMap((each) => describeEnum(each)),
    ]);
  const contract = readFileSync(join(protoDirectory, 'wire-contract.txt'), 'utf8').trimEnd().split('\n');
  expect(described.sort()).toEqual(contract.sort());
});

test('the proto files pass the linter', () => {
  const buf = join(__dirname, '..', '..', 'node_modules', '.bin', 'buf');
  expect(execFileSync(buf, ['lint', protoDirectory], { encoding: 'utf8' })).toBe('');
});

test('a document survives the way through a message as it is', () => {
  const context = { text: 'é😀', list: [1, -2.5, true, null, { deep: [] }], empty: {} };
  const task = Task.decode(new Uint8Array());
  expect(Task.decode(Task.encode({ ...task, context }).finish()).context).toEqual(context);
});
